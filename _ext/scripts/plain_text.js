// Stands in for the package sanitize-html, a third of the bundle: HTML in the labels of controls, which
// this book has none of, is shown as the text it is.

const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export default (text) => text.replace(/[&<>"]/g, (character) => NAMES[character]);
