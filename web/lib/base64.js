// @ts-check
// Turns bytes into base64 text or back.

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {DOMException} if it is no base64
 */
export function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/**
 * @param {Uint8Array} bytes a few thousand at most
 * @returns {string}
 */
export function textOf(bytes) {
  return btoa(String.fromCharCode(...bytes));
}
