// Evaluates what a Python test asks of the page's modules, so that their answers can be compared.
//
//     node tests/js/ask.js < {"question": "(lib, argument) => ...", "argument": ...}
//
// The question is a function of the modules of web/lib by their names, with the argument. Standard output
// is its answer as JSON.

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../web/lib/", import.meta.url);

const lib = {};
for (const file of readdirSync(FOLDER, { recursive: true })) {
  const name = /([^/\\]+)\.js$/.exec(file)?.[1];
  if (name) lib[name] = await import(new URL(file.replaceAll("\\", "/"), FOLDER).href);
}
const { question, argument } = JSON.parse(readFileSync(0, "utf-8"));
// biome-ignore lint/security/noGlobalEval: the question comes from a test of this repository
const answer = await globalThis.eval(question)(lib, argument);
process.stdout.write(JSON.stringify(answer));
