// @ts-check
// Hands on what the build wrote for pages, which as files may fetch nothing: classic scripts bring it.

/**
 * @param {string} name of a script below _static/data
 * @returns {any}
 * @throws {Error} if the page does not load it
 */
export function given(name) {
  const data = globalThis.quickDrawData ?? {};
  if (!Object.hasOwn(data, name)) throw new Error(`This page does not load data/${name}.js.`);
  return data[name];
}

/**
 * Wait until every script of the page has run, whatever their order.
 *
 * @returns {Promise<void>}
 */
export function scriptsHaveRun() {
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
  });
}
