// Starts the slides of a chapter: arrow keys move, S opens what to say beside them, O shows all.

const WIDTH = 1200;
const HEIGHT = 720;

// How a slide may be laid out, as slides.css knows them: as it is written; with figures as wide as the slide,
// so that their panels stand side by side; with the caption beside its picture; with figures beside the words,
// few or more; with rows of pictures in two columns; with smaller words.
const WAYS = ["wide", "captioned", "beside", "broad", "columns", "dense"];
const LAYOUTS = ["", "wide", "captioned", "wide captioned", "wide columns", "captioned columns"].concat(
  ["beside", "beside broad"],
);
// Where text would stay small in any of these.
const DENSE = ["dense", "captioned dense", "wide columns dense", "beside dense"];
const MOST_ZOOM = 2.2;
// Larger text is not worth a smaller picture, smaller text is worth smaller words; pixels of 720 a slide.
const LEGIBLE = 20;
const SMALL = 15;
const FIGURES = "figure:not(figure figure)";

/** Let figures take the room that a slide has, or a slide that has none shrink to what there is. */
function fit({ currentSlide: slide }) {
  if (!slide || slide.dataset.fits) return;
  slide.dataset.fits = "yes";
  const figures = [...slide.querySelectorAll(FIGURES)];
  const most = 0.99 * HEIGHT;
  if (figures.length) {
    // Words besides the heading, which is the first cell.
    const hasWords = [...slide.children]
      .slice(1)
      .some((cell) => !cell.querySelector("figure") && cell.innerText.trim()); // not to be said only
    const tried = (layouts) =>
      layouts
        .filter((layout) => hasWords || !layout.includes("beside"))
        .map((layout) => {
          layOut(slide, layout);
          const zoom = largest(slide, figures, most);
          return { layout, zoom, size: zoom ? smallestText(slide) : 0, area: areaOf(figures) };
        });
    // What a layout gains must be seen, or the slide stays as it is written.
    const better = (one, other) => {
      const [size, otherSize] = [one, other].map((each) => Math.min(each.size, LEGIBLE));
      const gains = Math.abs(size - otherSize) > 0.3 ? otherSize > size : other.area > 1.15 * one.area;
      return gains ? other : one;
    };
    let best = tried(LAYOUTS).reduce(better);
    if (best.size < SMALL) best = [best, ...tried(DENSE)].reduce(better);
    layOut(slide, best.layout);
    for (const figure of figures) figure.style.zoom = String(best.zoom || 0.6);
  }
  if (slide.scrollHeight > most) slide.style.zoom = String(most / slide.scrollHeight);
}

/** @type {(slide: HTMLElement, layout: string) => void} */
function layOut(slide, layout) {
  for (const name of WAYS) {
    slide.classList.toggle(name, layout.split(" ").includes(name));
  }
}

/** Give figures the largest zoom with which the slide holds them; 0 where there is none. */
function largest(slide, figures, most) {
  let [low, high] = [0.4, MOST_ZOOM];
  const holds = (zoom) => {
    for (const figure of figures) figure.style.zoom = String(zoom);
    const { right } = slide.getBoundingClientRect();
    const inside = (part) => {
      const box = part.getBoundingClientRect();
      return box.right <= right + 1 && (box.width > 1 || !part.checkVisibility());
    };
    const whole = (part) => part.scrollWidth <= part.clientWidth + 1;
    return (
      slide.scrollHeight <= most &&
      [...slide.querySelectorAll("pre, table, mjx-container"), ...slide.children].every(whole) &&
      figures.every((figure) => [figure, ...figure.querySelectorAll("svg, img, figure")].every(inside))
    );
  };
  if (!holds(low)) return 0;
  for (let step = 0; step < 8; step += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  holds(low);
  return low;
}

/** The size of a slide's smallest text, as it is seen. */
function smallestText(slide) {
  const scale = Reveal.getScale();
  let least = LEGIBLE;
  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: around, data } = texts.currentNode;
    if (!data.trim() || around.closest("aside, style, mjx-container, .qd-spoken, .spoken")) continue;
    if (!around.checkVisibility()) continue;
    const size = Number.parseFloat(getComputedStyle(around).fontSize);
    const matrix = around instanceof SVGElement ? around.getScreenCTM() : null;
    least = Math.min(least, matrix ? (size * Math.hypot(matrix.a, matrix.b)) / scale : size * (around.currentCSSZoom ?? 1));
  }
  return least;
}

/** @type {(figures: HTMLElement[]) => number} */
const areaOf = (figures) =>
  figures
    .flatMap((figure) => [...figure.querySelectorAll("svg, img, canvas")])
    .map((picture) => picture.getBoundingClientRect())
    .reduce((sum, { width, height }) => sum + width * height, 0);

// A lesson's plan leads to the slide on which a section begins, by the address that its heading has on the page.
for (const heading of document.querySelectorAll(".slides :is(h1, h2, h3)")) {
  const words = heading.textContent.replace("¶", "").toLowerCase();
  const id = words.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const slide = heading.closest("section");
  if (!slide.id && !document.getElementById(id)) slide.id = id;
}

Reveal.on("ready", fit);
Reveal.on("slidechanged", fit);
Reveal.initialize({
  center: false,
  hash: true,
  height: HEIGHT,
  margin: 0.02,
  plugins: [RevealNotes],
  slideNumber: "c/t",
  transition: "none",
  width: WIDTH,
});
