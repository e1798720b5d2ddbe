// Sets formulas with MathJax while the site is built, so that no page has to: see formulas.py.
//
// Standard input is a JSON list of [TeX, whether on a line of its own], standard output
// {"style": CSS, "formulas": [{"html", "error"}, ...]}.

import { readFileSync } from "node:fs";
import mathjax from "mathjax";

const MathJax = await mathjax.init({
  loader: { load: ["input/tex", "output/svg", "a11y/assistive-mml", "adaptors/liteDOM"] },
  tex: { packages: { "[+]": ["ams"], "[-]": ["noerrors", "noundefined"] } },
  // Each picture holds its own glyphs: no fonts to load, and a slide needs no other; a page shares
  // them out again.
  svg: { fontCache: "local" },
});
const adaptor = MathJax.startup.adaptor;
const formulas = JSON.parse(readFileSync(0, "utf-8")).map(([tex, display]) => {
  const html = adaptor.outerHTML(MathJax.tex2svg(tex, { display }));
  const [, error = null] = /data-mjx-error="([^"]*)"/.exec(html) ?? [];
  return { html, error };
});
const style = adaptor.textContent(MathJax.svgStylesheet());
process.stdout.write(JSON.stringify({ style, formulas }));
