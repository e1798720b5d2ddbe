// @ts-check
// Stands in for the package sanitize-html, a third of the bundle: HTML in the labels of controls, which
// this book has none of, is shown as the text it is.

/** @type {Record<string, string>} */
const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** @param {string} text */
const plainText = (text) => text.replace(/[&<>"]/g, (character) => NAMES[character]);

export default plainText;
