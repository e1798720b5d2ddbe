// Drowns drawings as pages do, so that a network can be asked about the very same noise: see page_data.py.
//
// Standard input is JSON, {"levels", "drawings": [base64 of grey levels, ...]}; standard output is base64
// of 32-bit floats: the noisy pixels of every drawing at every level, drawing by drawing.

import { readFileSync } from "node:fs";
import { bytesOf } from "../../web/lib/base64.js";
import { drown } from "../../web/lib/rounds.js";

const { levels, drawings } = JSON.parse(readFileSync(0, "utf-8"));
const noisy = drawings.flatMap((pixels, place) =>
  levels.map((level) => Buffer.from(drown(bytesOf(pixels), place, level).buffer)),
);
process.stdout.write(Buffer.concat(noisy).toString("base64"));
