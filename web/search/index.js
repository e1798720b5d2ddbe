// @ts-check
// Says in the search's results where in a page the words stand, from what the build wrote.

import "./search.css";
import { given } from "../data/given.js";
import { asking, find } from "../lib/excerpts.js";
import { make } from "../surface/dom.js";

/** Sections that are told of a page. */
const MOST = 3;

// Sphinx would fetch every page found, which a file may not.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

/** Sphinx looks words up in plain objects, which know some that are in no page: `constructor`. */
function knowOnlyWordsOfPages() {
  for (const part of /** @type {const} */ (["terms", "titleterms"])) {
    const own = Object.assign(Object.create(null), Search._index[part]);
    /** @param {string} word */
    const value = (word) => Object.hasOwn(own, word);
    // Words are looked up in small letters.
    Search._index[part] = Object.defineProperty(own, "hasOwnProperty", { value });
  }
}

/** @returns {(word: string) => string | null} says which word of the query a word is */
function asked() {
  const stemmer = new Stemmer();
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const stemOf = (/** @type {string} */ word) => stemmer.stemWord(word);
  const terms = splitQuery(query.toLowerCase())
    .filter((word) => !stopwords.includes(word))
    .map(stemOf);
  const { terms: inTexts, titleterms: inTitles } = Search._index;
  return asking(terms, stemOf, (term) => [inTexts, inTitles].some((one) => term in one));
}

/** @param {import("../lib/excerpts.js").Piece[]} pieces */
function excerpt(pieces) {
  const words = make("p", { className: "search-excerpt" });
  for (const { text, isHit } of pieces) {
    words.append(isHit ? make("mark", { textContent: text }) : text);
  }
  return words;
}

/**
 * Tell below a result where its words stand.
 *
 * @param {HTMLElement} item
 * @param {Record<string, import("../lib/excerpts.js").Section[]>} texts of every page
 * @param {(word: string) => string | null} termOf
 */
function tell(item, texts, termOf) {
  const link = item.querySelector("a");
  if (!link || item.dataset.told) return;
  item.dataset.told = "yes";
  const [page, anchor] = (link.getAttribute("href") ?? "").split("#");
  const sections = texts[page.replace(/\.html$/, "")] ?? [];
  if (anchor) {
    const own = sections.filter(([id]) => id === anchor);
    for (const { pieces } of find(own, termOf, 1)) item.append(excerpt(pieces));
    return;
  }
  const list = make("ul", { className: "search-sections" });
  for (const found of find(sections, termOf, MOST)) {
    if (found.anchor === sections[0][0]) {
      link.after(excerpt(found.pieces));
      continue;
    }
    const entry = make("li");
    entry.append(make("a", { href: `${page}#${found.anchor}`, textContent: found.title }));
    entry.append(excerpt(found.pieces));
    list.append(entry);
  }
  if (list.childElementCount > 0) item.append(list);
}

// Before Sphinx's own script, which comes after this one.
document.addEventListener("DOMContentLoaded", knowOnlyWordsOfPages);

document.addEventListener("DOMContentLoaded", () => {
  const results = document.getElementById("search-results");
  if (!results) return;
  const texts = given("searchTexts");
  const termOf = asked();
  const tellAll = () => {
    /** @type {NodeListOf<HTMLElement>} */
    const items = results.querySelectorAll("ul.search > li");
    for (const item of items) tell(item, texts, termOf);
    // Some sections are results of their own, by their titles; these come in any order.
    const own = [...results.querySelectorAll("ul.search > li > a")].map((a) =>
      a.getAttribute("href"),
    );
    for (const link of results.querySelectorAll(".search-sections > li > a")) {
      if (own.includes(link.getAttribute("href"))) link.closest("li")?.remove();
    }
  };
  new MutationObserver(tellAll).observe(results, { childList: true, subtree: true });
  tellAll();
});
