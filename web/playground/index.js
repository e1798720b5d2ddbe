// @ts-check
// The playground's entry: opens it when the page's scripts have run, or serves it as its worker.

import { background } from "../data/background.js";
import { drawings } from "../data/drawings.js";
import { networks } from "../data/networks.js";
import * as base64 from "../lib/base64.js";
import * as colours from "../lib/colours.js";
import * as network from "../lib/network.js";
import * as pictureFiles from "../lib/picture_files.js";
import * as pictureHeaders from "../lib/picture_headers.js";
import * as pictures from "../lib/pictures.js";
import * as probabilities from "../lib/probabilities.js";
import { Background, isWorker, serve } from "../surface/background.js";
import { Tool } from "../surface/tool.js";
import { Tour } from "../surface/tour.js";
import { Page } from "./page.js";
import { makeTasks } from "./tasks.js";
import "./playground.css";

const FAILED =
  "The networks cannot run in this browser; a current Firefox, Chrome, Edge or Safari will do.";

async function open() {
  const tool = new Tool("pg", "Playground: drown a drawing in noise");
  new Tour("playground", tool.element);
  const page = await tool.open(async () => {
    const runner = new Background(makeTasks());
    const plain = typeof WebAssembly === "undefined";
    await runner.call("open", { description: networks(), plain });
    const built = new Page(tool, runner, networks(), await background(), drawings());
    await built.answering;
    return built;
  }, FAILED);
  Object.assign(globalThis.noisyPlayground, { page });
  performance.mark("playground-answered");
}

if (isWorker) {
  serve(makeTasks());
} else {
  // What tests or a curious reader may ask in the browser's console: the page once it is open, a promise
  // of that, what it runs on, with the modules that need a browser or what only the build makes.
  globalThis.noisyPlayground = {
    base64,
    colours,
    network,
    networks,
    pictureFiles,
    pictureHeaders,
    pictures,
    probabilities,
  };
  Object.assign(globalThis.noisyPlayground, { opened: open() });
}
