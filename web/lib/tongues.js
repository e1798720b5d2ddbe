// @ts-check
// The words of an explorable in the language of its page, by a dictionary that English opens.

/** @typedef {Record<string, string>} Dictionary English texts with what they are called, {name} for a value */

// Languages written from right to left.
const LEFTWARD = ["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"];
// Around a value in such a text, or its minus would stand behind it.
const [ISOLATE, END] = ["\u2066", "\u2069"];

export class Tongue {
  /**
   * @param {string} asked language of the page, as "ar" or "ar-EG"
   * @param {Record<string, Dictionary>} dictionaries by their languages
   */
  constructor(asked, dictionaries) {
    const language = asked.toLowerCase().split("-")[0];
    this.dictionary = Object.hasOwn(dictionaries, language) ? dictionaries[language] : undefined;
    /** In which language it speaks: English where it has no other. */
    this.language = this.dictionary ? language : "en";
    /** @type {"rtl" | "ltr"} */
    this.direction = LEFTWARD.includes(this.language) ? "rtl" : "ltr";
  }

  /**
   * @param {string} text in English, {name} where a value stands
   * @param {Record<string, string | number>} [values]
   * @returns {string} in the language; what the dictionary lacks stays English
   */
  say(text, values = {}) {
    const { dictionary } = this;
    const said = dictionary && Object.hasOwn(dictionary, text) ? dictionary[text] : text;
    return said.replace(/\{(\w+)\}/g, (place, name) => {
      if (!Object.hasOwn(values, name)) return place;
      return this.apart(values[name]);
    });
  }

  /**
   * @param {string | number} value
   * @returns {string} the value; among words from right to left, in marks that keep its signs with it,
   *   the numbers beside it in their order
   */
  apart(value) {
    return this.direction === "rtl" ? `${ISOLATE}${value}${END}` : String(value);
  }
}
