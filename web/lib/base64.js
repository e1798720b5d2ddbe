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

// A call takes so many arguments for certain.
const AT_ONCE = 10_000;

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function textOf(bytes) {
  let letters = "";
  for (let start = 0; start < bytes.length; start += AT_ONCE) {
    letters += String.fromCharCode(...bytes.subarray(start, start + AT_ONCE));
  }
  return btoa(letters);
}
