// @ts-check
// Saves what the menu of downloads offers, where the browser would open a notebook as text.

/** @param {HTMLAnchorElement} link */
const nameOf = (link) => decodeURIComponent(link.pathname.split("/").pop() ?? "");

/**
 * Save a text as a file.
 *
 * @param {string} name
 * @param {string} text
 */
function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/**
 * From disk a page may not read other files, but load scripts: the notebook lies there as one.
 *
 * @param {MouseEvent} event
 */
function saveFromDisk(event) {
  const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
  const script = document.createElement("script");
  script.src = `${link.href}.js`;
  script.onload = () => save(nameOf(link), globalThis.notebooks?.[nameOf(link)] ?? "");
  document.head.append(script);
  event.preventDefault();
}

export function saveDownloads() {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll(".dropdown-download-buttons a[href]");
  for (const link of links) {
    link.removeAttribute("target");
    link.download = nameOf(link);
    if (location.protocol === "file:" && link.pathname.endsWith(".ipynb")) {
      link.addEventListener("click", saveFromDisk);
    }
  }
}
