// What other scripts of a page leave as globals, or what a bundler resolves.

/** What the build wrote for the page, by the name of its script (_ext/page_data.py). */
declare var quickDrawData: Record<string, unknown> | undefined;

/** The playground's own parts, for tests to ask. */
declare var noisyPlayground: Record<string, unknown>;

/** Sphinx's settings, where the page has a search. */
declare const DOCUMENTATION_OPTIONS: { SHOW_SEARCH_SUMMARY: boolean };

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
