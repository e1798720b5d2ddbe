// @ts-check
// The playground's entry: opens it when the page's scripts have run.

import "./playground.css";
import { drawings } from "../data/drawings.js";
import { scriptsHaveRun } from "../data/given.js";
import { networks } from "../data/networks.js";
import * as base64 from "../lib/base64.js";
import * as network from "../lib/network.js";
import * as pictureFiles from "../lib/picture_files.js";
import * as pictures from "../lib/pictures.js";
import * as probabilities from "../lib/probabilities.js";
import { find } from "../surface/dom.js";
import { Page } from "./page.js";

async function open() {
  const tool = find("pg-tool", HTMLElement);
  try {
    await scriptsHaveRun();
    const page = new Page(await network.load(networks()), networks(), drawings());
    Object.assign(globalThis.noisyPlayground, { page });
    tool.dataset.state = "ready";
    performance.mark("playground-answered");
    page.warmUp();
  } catch (error) {
    tool.dataset.state = "failed";
    find("pg-message", HTMLElement).textContent =
      "The networks cannot run in this browser; a current Firefox, Chrome, Edge or Safari will do.";
    throw error;
  }
}

// What tests or a curious reader may ask in the browser's console: the page once it is open, a promise
// of that, what it runs on, with the modules that need a browser or what only the build makes.
globalThis.noisyPlayground = { base64, network, networks, pictureFiles, pictures, probabilities };
Object.assign(globalThis.noisyPlayground, { opened: open() });
