// Starts the slides of a chapter: arrow keys move, S opens what to say beside them, O shows all.

const WIDTH = 1100;
const HEIGHT = 720;

/** Let figures take the room that a slide has, or a slide that has none shrink to what there is. */
function fit({ currentSlide: slide }) {
  if (!slide || slide.dataset.fits) return;
  slide.dataset.fits = "yes";
  // Panels are figures within figures: they grow with the one around them.
  const figures = [...slide.querySelectorAll("figure:not(figure figure)")];
  const [taken, drawn] = [slide.scrollHeight, figures.reduce((sum, one) => sum + one.offsetHeight, 0)];
  const room = figures.length ? (0.93 * HEIGHT - (taken - drawn)) / drawn : 1;
  for (const figure of figures) {
    figure.style.zoom = String(Math.max(0.6, Math.min(room, WIDTH / figure.offsetWidth, 1.7)));
  }
  const most = 0.97 * HEIGHT;
  if (slide.scrollHeight > most) slide.style.zoom = String(most / slide.scrollHeight);
}

Reveal.on("ready", fit);
Reveal.on("slidechanged", fit);
Reveal.initialize({
  center: false,
  hash: true,
  height: HEIGHT,
  margin: 0.04,
  plugins: [RevealNotes],
  slideNumber: "c/t",
  transition: "none",
  width: WIDTH,
});
