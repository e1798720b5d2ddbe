// Shows of a sheet of exercises those alone that its address names, as #1.1,2.4 does: what a lesson hands out.

const wanted = decodeURIComponent(location.hash.slice(1)).split(",");
const sections = [...document.querySelectorAll("section[data-exercise]")];
const chosen = sections.filter(({ dataset }) => wanted.includes(dataset.exercise));
if (chosen.length) {
  for (const section of sections) section.hidden = !chosen.includes(section);
  for (const chapter of document.querySelectorAll("main > section")) {
    chapter.hidden = !chapter.querySelector("[data-exercise]:not([hidden])");
  }
  // A figure that stands at an exercise which is not handed out moves to the first one that needs it.
  for (const section of chosen) {
    for (const id of section.dataset.needs.split(" ").filter(Boolean)) {
      const figure = document.getElementById(id);
      if (figure.closest("[hidden]")) section.querySelector("h3").after(figure);
    }
  }
  const names = chosen.map(({ dataset }) => dataset.exercise).join(", ");
  const all = document.createElement("a");
  all.href = "#";
  all.textContent = "Show all";
  const note = document.createElement("p");
  note.className = "chosen";
  note.append("Of all exercises ", names, ". ", all);
  document.querySelector("h1").after(note);
}
addEventListener("hashchange", () => location.reload());
