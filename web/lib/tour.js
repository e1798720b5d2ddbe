// @ts-check
// The cards of the guided tour: what each asks for, when it was done, what to see then.

import { SIDE } from "./canvas.js";
import { pixelsOf, shorten, writeDrawing } from "./drawn.js";
import { join } from "./parts.js";
import { decimal, percent } from "./words.js";

/** @typedef {import("./drawn.js").Drawing} Drawing */
/** @typedef {{ name: string, share: number }[]} Ranking the likeliest first */

/**
 * @typedef {object} Played what the playground tells of itself
 * @property {Drawing} drawing
 * @property {string} kind of noise
 * @property {number} level of noise
 * @property {number} seed of the noise
 * @property {string[]} categories to choose among
 * @property {{ chosen: Ranking } | null} direct the names without denoising
 * @property {{ chosen: Ranking } | null} chain the names after denoising
 */

/**
 * @typedef {object} Looked what the page that opens the networks tells of itself
 * @property {string} network
 * @property {string} layer
 * @property {string} layerTitle
 * @property {number} map
 * @property {[number, number]} pixel
 * @property {number} off how many parts are switched off
 * @property {number} skips how many of them are skip connections
 * @property {string} why the category whose reasons are shown; "" if the likeliest's
 * @property {string} named the likeliest name
 * @property {number} decibels of the denoised picture
 * @property {number} whole decibels of what the whole network would give
 */

/**
 * @template Told
 * @typedef {object} Card
 * @property {string} title
 * @property {string} ask for one act
 * @property {string} where the act is done: a selector
 * @property {string} see what has changed: a selector
 * @property {(now: Told, before: Told, begin: Told) => boolean} isDone whether that act has led from how
 *   things stood before to how they stand now; `begin` is how they stood when the card was dealt
 * @property {(now: Told) => boolean} [isSo] whether it is so already, so that the act leads nowhere
 * @property {(now: Told) => string} tell what to see in what has changed
 */

/** Where each part of the tour takes place. */
export const PAGES = /** @type {const} */ (["playground", "look-inside"]);
/** @typedef {typeof PAGES[number]} PageName */

const SALT = "salt_and_pepper";
const WANTED = "cat";
const HIGH = 1;
// Whoever picks names one by one has fewer.
const FEW = 100;
const OTHER = "autoencoder";

/** @param {{ chosen: Ranking } | null} naming */
const first = (naming) =>
  naming ? `${naming.chosen[0].name} (${percent(naming.chosen[0].share)})` : "nothing";

/** @param {Played} now */
const names = (now) =>
  `Without denoising it is named ${first(now.direct)}, after denoising ${first(now.chain)}.`;

/** @param {Drawing} drawing @returns {string[]} its strokes */
const strokes = (drawing) =>
  drawing.type === "strokes" ? drawing.strokes.map((stroke) => String(stroke)) : [];

/** @type {(now: Played, before: Played) => boolean} */
const isSameDrawing = ({ drawing: now }, { drawing: before }) =>
  JSON.stringify(now) === JSON.stringify(before);

/** @param {number} decibels */
const inDecibels = (decibels) =>
  Number.isFinite(decibels) ? `${decimal(decibels, 1)} dB` : "no decibels";

/** @type {Card<Played>[]} */
const PLAYGROUND = [
  {
    title: "Draw",
    ask: "Draw a cat, a fish or a cup on the black square, by mouse or finger. By keyboard: arrow keys move the pen, the space bar sets it down, and lifts it.",
    where: "#pg-surface",
    see: "#pg-results figure:first-child",
    // Undoing brings back what was there, and draws nothing.
    isDone: (now, before, begin) => {
      const known = [...strokes(before.drawing), ...strokes(begin.drawing)];
      return strokes(now.drawing).some((stroke) => !known.includes(stroke));
    },
    tell: () =>
      `The picture called “clean” is all that the networks are ever shown of it: moved to the middle, drawn with the pen of the data, at ${SIDE} × ${SIDE} pixels.`,
  },
  {
    title: "Pick a real drawing",
    ask: "Now take somebody else’s: pick one of the two cats.",
    where: "#pg-picks",
    see: "#pg-results .pg-answer:has(#pg-chain)",
    isDone: (now, before) =>
      now.drawing.type === "pick" && now.drawing.category === WANTED && !isSameDrawing(now, before),
    tell: (now) => `Two networks work in a chain: one cleans, the other names. ${names(now)}`,
  },
  {
    title: "Drown it",
    ask: `Drag the level of the noise up to ${HIGH} or beyond.`,
    where: "#pg-level",
    see: "#pg-results figure:nth-child(3)",
    isSo: (now) => now.level >= HIGH,
    isDone: (now, before) => now.level >= HIGH && before.level < HIGH,
    tell: (now) =>
      `Look at “noisy”, then at “denoised”: how much does the first network find of what you can hardly see any more? ${names(now)}`,
  },
  {
    title: "Try your luck again",
    ask: "The noise is random. Press “New noise”, and see whether the answer stays.",
    where: "#pg-renew",
    see: "#pg-results .pg-answer:has(#pg-chain)",
    isDone: (now, before) => now.seed !== before.seed && isSameDrawing(now, before),
    tell: (now) =>
      `The same drawing and the same level, other luck. ${names(now)} One answer says little: the book always counts over many.`,
  },
  {
    title: "Noise that it never met",
    ask: "Choose another kind of noise: salt and pepper.",
    where: "#pg-kind",
    see: "#pg-results figure:nth-child(3)",
    isSo: (now) => now.kind === SALT,
    isDone: (now, before) => now.kind === SALT && before.kind !== SALT,
    tell: (now) =>
      `The denoiser was trained on Gaussian noise alone. What it takes for a stroke here, you see in “denoised”. ${names(now)}`,
  },
  {
    title: "A harder question",
    ask: "So far few names were possible. Press “All” to let the networks choose among every category they know.",
    where: "#pg-all",
    see: "#pg-results .pg-answer:has(#pg-chain)",
    isSo: (now) => now.categories.length > FEW,
    isDone: (now, before) => now.categories.length > FEW && before.categories.length <= FEW,
    tell: (now) =>
      `Among ${now.categories.length} names: ${names(now)} Guessing one of five is right every fifth time, here hardly ever. And why did it say that? For this the networks must be opened: the tour goes on in “Look inside”.`,
  },
];

/** @type {Card<Looked>[]} */
const LOOK_INSIDE = [
  {
    title: "Choose a layer",
    ask: "This is the network that cleans, layer under layer, each with all of its maps. Choose another layer in the list: click it, or use the arrow keys in it.",
    where: "#li-layers",
    see: "#li-maps",
    isDone: (now, before) => now.network === before.network && now.layer !== before.layer,
    tell: (now) =>
      `These are the maps of ${now.layerTitle}. Each looks for something of its own: blue is much of it, black nothing, orange the opposite.`,
  },
  {
    title: "Point at a pixel",
    ask: "Point at another pixel of the large map, or move there with the arrow keys.",
    where: "#li-map",
    see: "#li-input",
    isDone: (now, before) =>
      now.network === before.network &&
      now.layer === before.layer &&
      now.map === before.map &&
      String(now.pixel) !== String(before.pixel),
    tell: () =>
      "The pink frame shows what this one number can see of the input. All it is made of stands further down, under “What this pixel is made of”: a sum, no more.",
  },
  {
    title: "Operate",
    ask: "Scroll in the list of layers to where two ways meet, and switch off the skip connection, which hands fine lines past the depths of the network.",
    where: ".li-skip",
    see: "#li-result",
    isDone: (now, before) => now.network === before.network && now.skips > before.skips,
    tell: (now) =>
      `Denoised it has ${inDecibels(now.decibels)} now, and ${inDecibels(now.whole)} with everything on. It is named ${now.named}. The other layers are as good as before: they had learned to expect what no longer comes.`,
  },
  {
    title: "Mend it",
    ask: "Press “Switch everything on”.",
    where: "#li-restore",
    see: "#li-result",
    isSo: (now) => now.off === 0,
    isDone: (now, before) => now.off === 0 && before.off > 0,
    tell: (now) => `${inDecibels(now.decibels)} again, and it is named ${now.named}.`,
  },
  {
    title: "Compare",
    ask: "Open another network: chapter 3’s plain autoencoder, which has no skip connection at all.",
    where: "#li-networks",
    see: "#li-result",
    isSo: (now) => now.network === OTHER,
    isDone: (now, before) => now.network === OTHER && before.network !== OTHER,
    tell: (now) =>
      `It reaches ${inDecibels(now.decibels)} on this drawing. You can train this very network yourself, in the page “Train it here”.`,
  },
  {
    title: "Ask why",
    ask: "Further down, under “Why this name?”, ask for the reasons of another name.",
    where: "#li-why",
    see: "#li-why-map",
    isDone: (now, before) => now.why !== before.why && !["", now.named].includes(now.why),
    tell: (now) =>
      `Where the map is blue, the drawing speaks for ${now.why}; where it is orange, against. Each square was found by asking once more with that square blank.`,
  },
];

/** Every card with its page, in the order in which they are dealt. @type {{ page: PageName, card: Card<any> }[]} */
export const CARDS = [
  ...PLAYGROUND.map((card) => ({ page: PAGES[0], card })),
  ...LOOK_INSIDE.map((card) => ({ page: PAGES[1], card })),
];

/**
 * The state in which the tour opens a page: with the drawing that the page before has told of.
 *
 * @param {PageName} page
 * @param {{ drawing?: Drawing } | null} told
 * @returns {string} what may follow the # of its address
 */
export function stateOf(page, told) {
  if (page !== "look-inside" || !told?.drawing) return "";
  const { drawing } = told;
  /** @param {Drawing} drawing */
  const textOf = (drawing) => join({ ...writeDrawing(drawing), level: 0.5, seed: 1 });
  const text = textOf(drawing);
  if (drawing.type !== "strokes" || shorten(text) === text) return text;
  // What is too long as strokes comes along as their picture.
  const pixels = pixelsOf(drawing.strokes);
  return pixels ? textOf({ type: "image", pixels }) : shorten(text);
}

/**
 * @typedef {object} Progress
 * @property {number} place the number of the card, from 1
 * @property {boolean} isOn whether the tour is being taken, not left
 */

/** @param {string} text @returns {number | null} the number of a card; null where there is none */
export function readPlace(text) {
  const place = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return place >= 1 && place <= CARDS.length ? place : null;
}

/** @param {Progress} progress @returns {string} */
export const writeProgress = ({ place, isOn }) => `${isOn ? "on" : "left"} ${place}`;

/**
 * Read how far a tour has come.
 *
 * @param {string | null} text
 * @returns {Progress | null} null, if there is none
 */
export function readProgress(text) {
  const [word, number, ...rest] = (text ?? "").split(" ");
  const place = readPlace(number ?? "");
  if (place === null || rest.length || !["on", "left"].includes(word)) return null;
  return { place, isOn: word === "on" };
}
