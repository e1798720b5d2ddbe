"""Promises to teachers: a table made from the chapters, all exercises without what answers them."""

import base64
import json
import re

from browsing import ROOT, Visit

EXERCISE = re.compile(r"### Exercise (\S+) · (\w+)")


def set_by_the_chapters():
    """Each exercise's grade by its name, as the notebooks have them."""
    names = {}
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            names |= dict(EXERCISE.findall("".join(cell["source"])))
    return names


def test_the_sheet_has_every_exercise_and_the_page_offers_it(built_site):
    sheet = (built_site / "_downloads/exercises.md").read_text(encoding="utf-8")
    on_sheet = dict(re.findall(r"^### (\S+) \((\w+)\)$", sheet, re.M))
    assert on_sheet == set_by_the_chapters()
    assert len(on_sheet) >= 30
    page = (built_site / "book/teaching.html").read_text(encoding="utf-8")
    assert 'href="../_downloads/exercises.md"' in page


def test_the_sheet_gives_no_answer_away(built_site):
    sheet = (built_site / "_downloads/exercises.md").read_text(encoding="utf-8")
    said = []
    for path in sorted((built_site / "book").glob("[0-9]-*.html")):
        for content in re.findall(r'data-exercise="([^"]+)"', path.read_text(encoding="utf-8")):
            key = json.loads(base64.b64decode(content))
            said += [one["said"] for one in key.get("choices", ())]
            if "choices" in key:
                assert all(one["text"] in sheet for one in key["choices"])
            else:
                assert f"Answer: {key['right']}" not in sheet
    assert len(said) > 20
    assert not [sentence for sentence in said if sentence and sentence in sheet]


def test_another_sheet_answers_every_exercise_with_what_the_page_takes_for_right(built_site):
    sheet = (built_site / "_downloads/answers.md").read_text(encoding="utf-8")
    answered = dict(re.findall(r"^- \*\*(\S+)\*\* (.+)$", sheet, re.M))
    assert answered.keys() == set_by_the_chapters().keys()
    for path in sorted((built_site / "book").glob("[0-9]-*.html")):
        for content in re.findall(r'data-exercise="([^"]+)"', path.read_text(encoding="utf-8")):
            key = json.loads(base64.b64decode(content))
            right = [one["text"] for one in key.get("choices", ()) if one["right"]]
            assert (right or [key["shown"]])[0].rstrip(".") in answered[key["name"]]
    assert not re.findall(r"\.\. |[0-9] %|[ (]-[0-9]", "\n".join(answered.values()))
    page = (built_site / "book/teaching.html").read_text(encoding="utf-8")
    assert 'href="../_downloads/answers.md"' in page


def test_the_table_says_of_each_chapter_what_it_gives_and_presumes(built_site):
    page = (built_site / "book/teaching.html").read_text(encoding="utf-8")
    table = page[page.index("<table") : page.index("</table>")]
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        assert f'href="{path.stem}.html"' in table
    assert table.count("guess") == len(list((ROOT / "book").glob("[0-9]-*.ipynb")))


#: Whether each slide fits, what all of them hold.
SLIDES = """async () => {
  const slides = [];
  for (let count = Reveal.getTotalSlides(); count > 0; count -= 1) {
    const slide = Reveal.getCurrentSlide();
    slides.push({ height: slide.getBoundingClientRect().height / Reveal.getScale(),
      text: slide.innerText, figures: slide.querySelectorAll("figure").length,
      pictures: [...slide.querySelectorAll("figure :is(svg, img, canvas)")]
        .filter((picture) => picture.checkVisibility())
        .map((picture) => Math.round(picture.getBoundingClientRect().width / Reveal.getScale())),
      words: [...slide.querySelectorAll("figure:not(figure figure) > figcaption")]
        .map((caption) => caption.offsetWidth) });
    Reveal.next();
    await new Promise(requestAnimationFrame);
  }
  return slides;
}"""


def test_slides_show_what_chapters_say_and_fit_and_request_nothing_elsewhere(browser, origins):
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    decks = re.findall(r'href="\.\./(_static/slides/[^"]+)"', page)
    tagged = [
        path.stem
        for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb"))
        if '"slideshow"' in path.read_text(encoding="utf-8")
    ]
    assert [deck.split("/")[-1] for deck in decks] == [f"{name}.html" for name in tagged]
    assert tagged == [path.stem for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb"))]
    for name, deck in zip(tagged, decks, strict=True):
        with Visit(browser, origins["file"], deck) as visit:
            slides = visit.page.evaluate(SLIDES)
            assert not visit.complaints
            assert not visit.outside
            spoken = visit.page.locator("aside.notes").all_text_contents()
        cells = json.loads((ROOT / f"book/{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        begun = [
            cell["metadata"]["slideshow"]["slide_type"]
            for cell in cells
            if "slideshow" in cell["metadata"]
        ]
        assert len(slides) == begun.count("slide") + begun.count("subslide")
        assert max(slide["height"] for slide in slides) < 725
        text = " ".join(slide["text"] for slide in slides)
        assert "".join(cells[0]["source"]).splitlines()[0].lstrip("# ") in text
        assert "Exercise" in text
        assert sum(slide["figures"] for slide in slides) >= 5
        # A figure has its width: pictures of 28 pixels stand beside each other, plots are wider.
        for slide in slides:
            if slide["figures"]:
                assert slide["pictures"]
                assert min(slide["pictures"]) >= 28, slide["text"]
                assert min(slide["words"], default=999) > 150, slide["text"]
        assert not re.search(r"\$\\|VBox\(|\]\(|qd\.say", text)
        assert spoken
        # A picture that moves shows the state that it opens in, with where its control stands.
        moving = [
            cell
            for cell in cells
            if "slideshow" in cell["metadata"] and "qd.explorer(" in "".join(cell["source"])
        ]
        for cell in moving:
            axes = re.search(r"qd\.explorer\(\s*\w+,\s*(\w+)=", "".join(cell["source"]))
            assert f"{axes[1].replace('_', ' ')}: " in text
