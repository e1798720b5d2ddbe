// @ts-check
// The entry of the page that opens the networks: builds it when the page's scripts have run.

import { drawings } from "../data/drawings.js";
import { lessons } from "../data/lessons.js";
import { networks } from "../data/networks.js";
import { Bench } from "../lib/bench.js";
import { unpackWeights } from "../lib/weights.js";
import { Tool } from "../surface/tool.js";
import { Tour } from "../surface/tour.js";
import { Page } from "./page.js";
import { REGISTRY } from "./registry.js";
import "./look-inside.css";

const FAILED =
  "The networks cannot run in this browser; a current Firefox, Chrome, Edge or Safari will do.";

/** Every description that the build has handed in, with its weights. */
async function unpackAll() {
  const described = Object.entries({ networks: networks(), ...lessons() });
  const graphs = described.map(async ([name, description]) => {
    const weights = await unpackWeights(description.content, description.weights);
    return [name, { description, weights }];
  });
  return Object.fromEntries(await Promise.all(graphs));
}

async function open() {
  const tool = new Tool("li", "Look inside the networks");
  new Tour("look-inside", tool.element);
  const page = await tool.open(async () => {
    const graphs = await unpackAll();
    const bench = new Bench(
      REGISTRY.filter(({ graph }) => Object.hasOwn(graphs, graph)),
      graphs,
    );
    const built = new Page(tool, bench, networks(), drawings());
    await built.why.answered;
    return built;
  }, FAILED);
  Object.assign(globalThis.lookInside, { page });
}

// What tests or a curious reader may ask in the browser's console: the page, once it is open.
globalThis.lookInside = {};
Object.assign(globalThis.lookInside, { opened: open() });
