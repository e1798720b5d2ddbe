// What other scripts of a page leave as globals, or what a bundler resolves.

/** What the build wrote for the page, by the name of its script (_ext/page_data.py). */
declare var quickDrawData: Record<string, unknown> | undefined;

/** Notebooks to save, as scripts that lie beside them (_ext/downloads.py). */
declare var notebooks: Record<string, string> | undefined;

/** The playground's own parts, for tests to ask. */
declare var noisyPlayground: Record<string, unknown>;

/** Sphinx's settings, where the page has a search. */
declare const DOCUMENTATION_OPTIONS: { SHOW_SEARCH_SUMMARY: boolean };

/** What Sphinx's search knows, on its page. */
declare const Search: {
  _index: { terms: Record<string, unknown>; titleterms: Record<string, unknown> };
};
declare class Stemmer {
  stemWord(word: string): string;
}
declare const stopwords: string[];
declare function splitQuery(query: string): string[];

/** What the theme brings of Bootstrap. */
declare const bootstrap: {
  Tooltip: new (
    element: Element,
    options: Record<string, unknown>,
  ) => { show(): void; hide(): void; tip: HTMLElement | null };
};

declare module "*.css";

/** The parts of the page that opens the networks, for tests to ask. */
declare var lookInside: Record<string, unknown>;

/** The function that a bundled script is, whose text makes a worker (_ext/bundles.py). */
declare function bundleItself(): void;

/** The parts of the page that trains a network, for tests to ask. */
declare var trainItHere: Record<string, unknown>;
