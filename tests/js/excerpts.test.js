// Promises of the search's excerpts: the right section, the words themselves, no more than fits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asking as askingFor, find } from "../../web/lib/excerpts.js";

const SECTIONS = [
  ["page", "Page", "Nothing of it stands here."],
  ["noise", "Noise", `${"Far away. ".repeat(60)}A filter slides over the image.`],
  ["filters", "Filters", "Each filter has weights; filters are learned."],
  ["both", "Both", "The filter and its stride."],
];
/** @param {string[]} terms */
const asking = (terms) => (/** @type {string} */ word) =>
  terms.find((term) => word === term || word === `${term}s`) ?? null;
const textOf = (pieces) => pieces.map((piece) => piece.text).join("");

test("sections with the words in title or text, most of them first", () => {
  const found = find(SECTIONS, asking(["filter"]), 5);
  assert.deepEqual(
    found.map(({ anchor }) => anchor),
    ["filters", "noise", "both"],
  );
  assert.equal(find(SECTIONS, asking(["filter", "stride"]), 5)[0].anchor, "both");
});

test("no more sections than asked for, none without the words", () => {
  assert.equal(find(SECTIONS, asking(["filter"]), 1).length, 1);
  assert.deepEqual(find(SECTIONS, asking(["pooling"]), 5), []);
});

test("an excerpt is cut at words around the hit, with dots where something is left out", () => {
  const [found] = find(SECTIONS.slice(1, 2), asking(["filter"]), 1);
  const text = textOf(found.pieces);
  assert.match(text, /^… /);
  assert.match(text, /A filter slides over the image\.$/);
  assert.ok(text.length < 200);
  assert.deepEqual(
    found.pieces.filter((piece) => piece.isHit).map((piece) => piece.text),
    ["filter"],
  );
});

test("a long section is cut at its end, too", () => {
  const text = `A filter. ${"Much follows. ".repeat(60)}`;
  const [found] = find([["a", "A", text]], asking(["filter"]), 1);
  assert.match(textOf(found.pieces), /^A filter\. Much .* …$/);
});

test("nothing of the text is lost or written twice", () => {
  const [found] = find(SECTIONS.slice(2, 3), asking(["filter"]), 1);
  assert.equal(textOf(found.pieces), SECTIONS[2][2]);
});

test("a section whose title alone holds the word begins at its beginning", () => {
  const [found] = find([["a", "Filters", "They slide."]], asking(["filter"]), 1);
  assert.equal(textOf(found.pieces), "They slide.");
});

test("the beginning of a word finds it where no page has it whole, as the search itself does", () => {
  const stemOf = (word) => word.replace(/s$/, "");
  const isWord = (term) => ["filter", "backpropagation"].includes(term);
  const termOf = askingFor(["backprop", "filter", "go"], stemOf, isWord);
  assert.equal(termOf("backpropagation"), "backprop");
  assert.equal(termOf("filters"), "filter");
  // A whole word stands for itself alone, two letters for no others.
  assert.equal(termOf("filtering"), null);
  assert.equal(termOf("goes"), null);
});
