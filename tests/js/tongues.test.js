// Promises of dictionaries: each says all that its explorable says, its values in their places.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PRESETS } from "../../web/lib/doubt.js";
import { Tongue } from "../../web/lib/tongues.js";
import { title } from "../../web/lib/words.js";

const WEB = new URL("../../web/", import.meta.url);
const read = (path) => readFileSync(new URL(path, WEB), "utf8");
// A folder's file of two letters is its dictionary in that language.
const DICTIONARIES = readdirSync(WEB, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/index.js`, WEB)))
  .flatMap(({ name }) =>
    readdirSync(new URL(name, WEB))
      .filter((file) => /^[a-z]{2}\.js$/.test(file))
      .map((file) => [name, file.slice(0, 2)]),
  );
// What stays as it is in any language: numbers, signs, formulas.
const isWorded = (text) => /\p{L}{2}/u.test(text);

/** All texts that the scripts of an explorable say, or that its markup holds. */
function saidBy(name) {
  const scripts = ["surface/tool.js", ...readdirSync(new URL(name, WEB)).map((f) => `${name}/${f}`)]
    .filter((path) => path.endsWith(".js") && !/\/[a-z]{2}\.js$/.test(path))
    .map(read)
    .join("\n");
  const called = [...scripts.matchAll(/tongue\.say\(\s*"([^"]+)"/g)].map((found) => found[1]);
  const named = [...scripts.matchAll(/^const [A-Z_]+ =\s+"([^"]+ [^"]+)";$/gm)].map((f) => f[1]);
  const shown = read(`${name}/${name}.html`).replace(/<noscript>.*?<\/noscript>/gs, "");
  const texts = [...shown.matchAll(/>([^<]+)</g)].map((found) => found[1].trim());
  const told = [...shown.matchAll(/(?:aria-label|title|placeholder)="([^"]+)"/g)].map((f) => f[1]);
  return [...new Set([...called, ...named, ...texts, ...told])].filter(isWorded);
}

test("some explorable has a dictionary", () => {
  assert.ok(DICTIONARIES.length);
});

for (const [name, language] of DICTIONARIES) {
  test(`${name} says everything in ${language}, every value in its place`, async () => {
    const { [language]: dictionary } = await import(`../../web/${name}/${language}.js`);
    const said = saidBy(name);
    assert.ok(said.length > 10);
    assert.deepEqual(
      said.filter((text) => !Object.hasOwn(dictionary, text)),
      [],
    );
    for (const [text, other] of Object.entries(dictionary)) {
      const places = (words) => (words.match(/\{\w+\}/g) ?? []).sort();
      assert.deepEqual(places(other), places(text), text);
      assert.notEqual(other.trim(), "", text);
    }
  });
}

test("the softmax page names its presets and its clauses, which are put together", async () => {
  const { ar } = await import("../../web/softmax/ar.js");
  for (const preset of Object.keys(PRESETS)) assert.ok(Object.hasOwn(ar, title(preset)), preset);
  for (const is of ["less", "more"]) {
    for (const said of ["right", "wrong"]) {
      const clause = `; this is ${is}, and the name with the highest share is ${said}.`;
      assert.ok(Object.hasOwn(ar, clause), clause);
    }
  }
});

test("a language without a dictionary is English, a region's is its language's", () => {
  const dictionaries = { ar: { "Logit of {name}": "لوجيت {name}" } };
  for (const asked of ["", "en", "de", "__proto__", "toString"]) {
    const tongue = new Tongue(asked, dictionaries);
    assert.deepEqual([tongue.language, tongue.direction], ["en", "ltr"]);
    assert.equal(tongue.say("Logit of {name}", { name: "cat" }), "Logit of cat");
  }
  const tongue = new Tongue("ar-EG", dictionaries);
  assert.deepEqual([tongue.language, tongue.direction], ["ar", "rtl"]);
  assert.equal(tongue.say("Logit of {name}", { name: "$& −2" }), "لوجيت \u2066$& −2\u2069");
  assert.equal(tongue.say("constructor"), "constructor");
});
