"""Promises to teachers: a table made from the chapters, all exercises without what answers them."""

import base64
import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from browsing import ROOT, Visit, controls_of

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


@pytest.mark.parametrize("title", ["Load drawings", "#tags of drawings", "C# and `# `"])
def test_a_title_keeps_the_signs_that_are_its_own(extension, title):
    title_of = extension("teaching").title_of
    assert title_of([{"source": f"# {title}\n\nWords"}]) == title


def lessons_of(plan):
    """The lessons of a plan on the page: the minutes of each, by its heading."""
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", page, flags=re.M)
    (text,) = [part for part in section if part.startswith(plan)]
    lessons = re.split(r"^### ", text, flags=re.M)[1:] or [text]
    return {
        lesson.splitlines()[0]: [int(n) for n in re.findall(r"\((\d+) minutes\)", lesson)]
        for lesson in lessons
        if not lesson.startswith("A rubric")
    }


@pytest.mark.parametrize(("plan", "count"), [("One lesson", 1), ("Three les", 3), ("Ten les", 10)])
def test_each_lesson_of_a_plan_lasts_45_minutes_by_what_stands_in_it(plan, count):
    lessons = lessons_of(plan)
    assert len(lessons) == count
    assert {name: sum(minutes) for name, minutes in lessons.items()} == dict.fromkeys(lessons, 45)


def test_each_of_ten_lessons_has_a_goal_an_act_a_likely_mistake_and_homework():
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    lessons = re.split(
        r"^### ", page[page.index("## Ten lessons") : page.index("## Slides")], flags=re.M
    )
    assert lessons[-1].startswith("A rubric for the project")
    for lesson in lessons[1:-1]:
        parts = re.findall(r"^- \*([\w ]+)\*.*?: .", lesson, re.M)
        assert parts == [
            *("Goal", "Read and move", "Do", "Guess and talk", "What many think", "Homework")
        ]
        assert re.search(r"What many think.*\(\d\.\d+\)\.$", lesson, re.M), lesson


def test_the_page_names_no_exercise_that_is_not_set():
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    lines = [
        line for line in page.splitlines() if re.search(r"exercise|many think|Homework", line, re.I)
    ]
    named = {name for line in lines for name in re.findall(r"\b[1-8]\.\d+\b", line)}
    assert len(named - {"3.11", "3.12", "3.13"}) > 25
    assert named - {"3.11", "3.12", "3.13"} <= set_by_the_chapters().keys()  # of Python


def test_every_promised_outcome_is_explained_drawn_and_computed_in_an_exercise():
    promised = re.search(
        r"you can explain and compute (.+?), and draw most of them:",
        (ROOT / "index.ipynb").read_text("utf-8"),
    )
    outcomes = re.split(r", | and ", promised[1])
    found = {outcome: {} for outcome in outcomes}
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for outcome, ways in cell["metadata"].get("outcome", {}).items():
                (exercise,) = EXERCISE.findall("".join(cell["source"]))
                for way in [ways] if isinstance(ways, str) else ways:
                    found[outcome].setdefault(way, []).append(exercise)
    assert all({"explain", "compute"} <= ways.keys() for ways in found.values()), found
    assert all(grade == "guess" for ways in found.values() for _, grade in ways["explain"])
    assert all(grade != "guess" for ways in found.values() for _, grade in ways["compute"])
    # A step is a sum, a softmax three bars: neither is a drawing to be told by its parts.
    drawn = {outcome for outcome, ways in found.items() if "draw" in ways}
    assert drawn == set(outcomes) - {"a training step", "a softmax"}


def test_the_table_of_outcomes_is_what_the_exercises_say(built_site):
    page = (built_site / "book/teaching.html").read_text(encoding="utf-8")
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    (table,) = [table for table in tables if "<p>outcome</p>" in table]
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for outcome in cell["metadata"].get("outcome", {}):
                assert f"<p>{outcome}</p>" in table
                name = EXERCISE.search("".join(cell["source"]))[1]
                assert re.search(rf">{re.escape(name)}<", table), name


def test_wherever_minutes_of_a_chapter_stand_it_says_without_exercises():
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        (need,) = re.findall(r"> \*\*Need\*\* · ([^,.]*)", path.read_text(encoding="utf-8"))
        assert re.search(r"(hour|minutes) without the exercises", need), path.name
    index = (ROOT / "index.ipynb").read_text(encoding="utf-8")
    assert re.findall(r"in it \| ([^|]*) \|", index) == ["minutes, without exercises"] * 2


def sections_of(path):
    """By heading: words that are read, lines of code that are seen, figures, things to move."""
    sections, heading = {}, ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            for part in re.split(r"^(?=#{1,3} )", source, flags=re.MULTILINE):
                if named := re.match(r"#{1,3} (.*)", part):
                    heading = named[1]
                row = sections.setdefault(heading, np.zeros(4))
                row[0] += len(re.sub(r"\]\([^)]*\)", "", part).split())
            continue
        row = sections[heading]
        said = re.findall(r'qd\.say\(\s*f?"""(.*?)"""', source, re.DOTALL)
        row[0] += sum(len(text.split()) for text in said)
        if not {"remove-input", "hide-input", "hide-cell"} & set(tags):
            row[1] += sum(bool(line.strip()) for line in source.splitlines())
        row[2:] += source.count("qd.figure("), source.count("qd.explorer(")
    return sections


def anchor_of(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


#: Minutes for a word, for a line of code, for a figure, for one that moves: slowly, for whoever is new to it.
PACE = np.array([1 / 200, 1 / 8, 0.4, 0.7])


def test_who_has_an_hour_gets_through_what_the_first_page_tells_them_to_read():
    cells = json.loads((ROOT / "index.ipynb").read_text(encoding="utf-8"))["cells"]
    (index,) = ["".join(c["source"]) for c in cells if "only an hour" in "".join(c["source"])]
    told = re.search(r"only an hour(.*?)Only ten minutes", index, re.DOTALL)[1]
    minutes, read = 0, []
    for path, words in re.findall(r"^- .*?\]\((book/\d-.*?)\)(.*)$", told, re.MULTILINE):
        sections = sections_of(ROOT / path)
        headings = list(sections)
        links = re.findall(r"\[([^]]+)\]\(([^)]+)\)", words)
        named = [title for title, _ in links]
        # Each leads to where it begins, not to the top of a long page.
        assert links == [(title, f"{path}#{anchor_of(title)}") for title in named]
        assert set(named) <= set(headings), path
        if "all of it" in words:
            named = headings[: headings.index("Exercises")]
        elif words.startswith(" up to and with"):
            named = headings[: headings.index(named[0])] + named
        minutes += sum(sections[name] @ PACE for name in named)
        read += named
    assert len(read) > 15
    assert 40 < minutes <= 60


def test_the_first_page_promises_each_chapter_the_minutes_that_its_text_takes_at_one_pace():
    index = (ROOT / "index.ipynb").read_text(encoding="utf-8")
    promised = re.findall(r"\]\((book/\d-[^)]*\.ipynb)\) \| [^|]* \| (\d+) \|", index)
    assert len(promised) == 8
    for path, minutes in promised:
        sections = sections_of(ROOT / path)
        headings = list(sections)
        read = sum(sections[name] @ PACE for name in headings[: headings.index("Exercises")])
        assert abs(int(minutes) - read) <= 7, (path, minutes, read)


def test_the_page_says_of_each_chapter_truly_whether_it_takes_a_slope():
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| (\d) \| [^|]+ \| ([^|]+) \|$", page, re.M))
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        takes = "\\partial" in path.read_text(encoding="utf-8")
        assert (said[path.name[0]] != "no") == takes, path.name


def matrices(text):
    """The matrices that a question shows, as arrays."""
    return [
        np.array(
            [[float(n.strip().rstrip("\\%")) for n in row.split("&")] for row in block.split(r"\\")]
        )
        for block in re.findall(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", text)
    ]


@pytest.mark.parametrize(
    ("opening", "answer"),
    [
        (
            "Nine pixels, a filter, a bias",
            lambda x, w: sum(max(0, (x[:, j : j + 3] * w).sum() - 1) for j in (0, 1)),
        ),
        ("A filter of a single weight", lambda x, t: 0.5 - 0.1 * 2 * ((0.5 * x - t) * x).mean()),
        ("After epochs 1 to 7", lambda train, val: (val - train)[0, val.argmin()]),
        ("The answers of a network, sorted", lambda stated, right: np.abs(stated - right).mean()),
    ],
)
def test_what_a_question_prints_gives_the_answer_that_its_key_takes(opening, answer, built_site):
    for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if not (found := EXERCISE.search(source)) or opening not in source:
                continue
            page = (built_site / f"book/{path.stem}.html").read_text(encoding="utf-8")
            contents = re.findall(r'data-exercise="([^"]+)"', page)
            keys = {key["name"]: key for key in map(json.loads, map(base64.b64decode, contents))}
            key = keys[found[1]]
            assert abs(answer(*matrices(source)) - key["right"]) <= key["tolerance"]
            return
    pytest.fail(f"no question begins with {opening!r}")


PRINTED = "_static/sheets/exercises.html"


def test_the_sheet_to_print_has_each_exercise_and_needs_nothing_beside_it(built_site):
    sheet = (built_site / PRINTED).read_text(encoding="utf-8")
    assert dict(re.findall(r"<h3>(\S+) \((\w+)\)</h3>", sheet)) == set_by_the_chapters()
    page = (built_site / "book/teaching.html").read_text(encoding="utf-8")
    assert f'href="../{PRINTED}"' in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"|url\((?!["\']?(?:data:|#))', sheet)
    words = re.sub(r"<(svg|style|mjx-container)\b.*?</\1>|<[^>]+>", "", sheet, flags=re.DOTALL)
    assert not re.findall(r"\$|`|\bsolution\b", words)


def test_each_figure_that_the_sheet_speaks_of_stands_in_it(built_site):
    sheet = (built_site / PRINTED).read_text(encoding="utf-8")
    shown = re.findall(r'<figure class="qd-figure" id="figure-(\d)-(\d+)"', sheet)
    assert len(shown) == len(set(shown)) >= 5
    outside = re.sub(r"<figure.*?</figure>", "", sheet, flags=re.DOTALL)
    named = set(re.findall(r"\bFigure (\d)\.(\d+)", outside))
    assert named == set(shown)
    assert outside.count("summary above") == outside.count("<table")
    identifiers = set(re.findall(r'\bid="([^"]+)"', sheet))
    assert set(re.findall(r'href="#([^"]+)"', sheet)) <= identifiers


@pytest.mark.parametrize("width", [390, 1280])
def test_the_sheet_to_print_fits_a_screen_and_sets_every_formula(width, browser, origins):
    with Visit(browser, origins["file"], PRINTED) as visit:
        visit.page.set_viewport_size({"width": width, "height": 900})
        wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert visit.page.locator("mjx-container > svg").count() >= 10
        assert not visit.complaints


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
    Reveal.next({ skipFragments: true });
    await new Promise(requestAnimationFrame);
  }
  return slides;
}"""


def letters(text):
    return re.sub(r"[^a-z]", "", text.lower())


@pytest.mark.parametrize(
    "path", sorted((ROOT / "book").glob("[0-9]-*.ipynb")), ids=lambda p: p.stem
)
def test_what_a_section_with_slides_tells_is_on_them_or_in_their_notes(built_site, path):
    deck = (built_site / f"_static/slides/{path.stem}.html").read_text(encoding="utf-8")
    said = letters(unescape(re.sub(r"<[^>]*>", "", deck[deck.index('class="slides"') :])))
    heading, told, with_slides = "", [], set()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        is_text = cell["cell_type"] == "markdown"
        for block in "".join(cell["source"]).split("\n\n") if is_text else ():
            if block.startswith("#"):
                heading = block
            elif block[0] not in "|$`":
                # A sentence of a formula may be shown, and the one before it said.
                plain = re.split(r"[$`]|(?<=[.?!]) ", re.sub(r"\]\([^)]*\)", "", block))[0]
                told.append((heading, letters(plain)[:40]))
        if "slideshow" in cell["metadata"]:
            with_slides.add(heading)
    asked = [words for heading, words in told if heading in with_slides and len(words) > 20]
    assert len(asked) > 15
    assert not [words for words in asked if words not in said]
    # No note tells what the next section does, nor anything twice.
    notes = [
        letters(unescape(note))
        for note in re.findall(r'<aside class="notes">(.*?)</aside>', deck, re.S)
    ]
    assert len(notes) == len(set(notes))


def test_slides_show_what_chapters_say_and_fit_and_request_nothing_elsewhere(browser, origins):
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    decks = re.findall(r'href="\.\./(_static/slides/[^"#]+)"', page)
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
        assert "".join(cells[0]["source"]).splitlines()[0].removeprefix("# ") in text
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
        # A picture that moves says below it where its control stands.
        moving = [
            cell
            for cell in cells
            if "slideshow" in cell["metadata"] and "qd.explorer(" in "".join(cell["source"])
        ]
        for cell in moving:
            axes = re.search(r"qd\.explorer\(\s*\w+,\s*(\w+)=", "".join(cell["source"]))
            assert f"{axes[1].replace('_', ' ')}: " in text


DECKS = [path.stem for path in sorted((ROOT / "book").glob("[0-9]-*.ipynb"))]
#: What is said below the states that the slide shows, to which explorer each belongs.
STANDS = """() => [...document.querySelectorAll(".states")].flatMap((states, at) =>
  [...states.querySelectorAll(".stands")]
    .filter((said) => said.checkVisibility({ visibilityProperty: true }))
    .map((said) => [at, said.textContent, said.closest("section") === Reveal.getCurrentSlide()]))
  .filter(([, , now]) => now)"""


@pytest.fixture
def deck(browser, origins):
    """Open the slides of a chapter by its name."""

    def opened(name):
        return Visit(browser, origins["file"], f"_static/slides/{name}.html")

    return opened


def seen_by_space_bar(page):
    """What stands below each explorer's states, in the order in which the space bar shows them."""
    seen = {}
    while True:
        shown = page.evaluate(STANDS)
        explorers = [at for at, *_ in shown]
        assert len(explorers) == len(set(explorers)), "two states at once"
        for at, said, _ in shown:
            if said not in seen.setdefault(at, []):
                seen[at].append(said)
        before = page.evaluate("JSON.stringify(Reveal.getState())")
        page.keyboard.press("Space")
        if page.evaluate("JSON.stringify(Reveal.getState())") == before:
            return seen


@pytest.mark.parametrize("name", DECKS)
def test_the_space_bar_leads_each_explorer_on_slides_from_one_end_to_the_other(
    deck, built_site, name
):
    cells = json.loads((ROOT / f"book/{name}.ipynb").read_text("utf-8"))["cells"]
    expected = sum(
        "qd.explorer(" in "".join(cell["source"])
        for cell in cells
        if "slideshow" in cell["metadata"]
    )
    with deck(name) as visit:
        seen = seen_by_space_bar(visit.page)
    assert len(seen) == expected
    explorers = controls_of(built_site / f"book/{name}.html")
    for states in seen.values():
        assert 4 <= len(states) <= 6
        # An explorer of two axes goes along its last; the other stands before it and stays.
        assert len({said.rpartition(", ")[0] for said in states}) == 1
        ends = {said.rpartition(", ")[2] for said in (states[0], states[-1])}
        assert ends in [{f"{axis}: {one[0]}", f"{axis}: {one[-1]}"} for axis, one in explorers]


def test_the_films_slide_reaches_its_last_step(deck, built_site):
    films = [
        labels
        for axis, labels in controls_of(built_site / "book/3-autoencoder.html")
        if axis == "steps"
    ]
    last = max((labels[-1] for labels in films), key=lambda label: int(label.replace(",", "")))
    with deck("3-autoencoder") as visit:
        page = visit.page
        page.evaluate("""() => {
          const film = [...document.querySelectorAll("section:not(:has(section))")]
            .find((slide) => slide.textContent.includes("Figure 3.6 "));
          const { h, v } = Reveal.getIndices(film);
          Reveal.slide(h, v);
        }""")
        words = "() => Reveal.getCurrentSlide().innerText"
        assert "steps: 0" in page.evaluate(words)
        while page.evaluate("() => Reveal.availableFragments().next"):
            page.keyboard.press("ArrowRight")
        assert f"steps: {last}" in page.evaluate(words)
        assert "steps: 0" not in page.evaluate(words)
        page.keyboard.press("ArrowLeft")
        assert f"steps: {last}" not in page.evaluate(words)


#: Of the slide that is shown: what is cut at the screen's edges, the smallest text that is seen, how much
#: there is to see; its heading, with whether something is shown below it.
SEEN = """() => {
  const slide = Reveal.getCurrentSlide();
  const seen = { cut: [], small: [], letters: 0, last: "" };
  const unseen = "aside, style, mjx-container, .qd-spoken, .spoken";
  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: around, data } = texts.currentNode;
    if (!data.trim() || around.closest(unseen) || !around.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const { left, top, right, bottom } = range.getBoundingClientRect();
    if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1) seen.cut.push(data);
    // A letter's height on the screen, whatever enlarges it.
    const given = parseFloat(getComputedStyle(around).fontSize);
    const matrix = around instanceof SVGElement ? around.getScreenCTM() : null;
    const larger = matrix
      ? Math.hypot(matrix.a, matrix.b) : around.currentCSSZoom * Reveal.getScale();
    const size = given * larger;
    if (size < 13.95) seen.small.push([data.trim(), size]);
    seen.letters += data.trim().length;
    seen.last = around.closest("h1, h2, h3, .again") ? data.trim() : "";
  }
  for (const picture of slide.querySelectorAll("svg, img, canvas, pre, table")) {
    if (!picture.checkVisibility() || picture.closest(unseen)) continue;
    const { left, top, right, bottom } = picture.getBoundingClientRect();
    if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1)
      seen.cut.push(picture.outerHTML.slice(0, 60));
    seen.last = "";
  }
  return { ...seen, text: slide.textContent, html: slide.innerHTML,
    title: slide.querySelector("h1, h2, h3, .again")?.textContent ?? "" };
}"""


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize("name", DECKS)
def test_no_slide_is_cut_tiny_empty_or_there_twice(deck, name, size):
    slides = []
    with deck(name) as visit:
        page = visit.page
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.reload()
        page.wait_for_function("window.Reveal?.isReady()")
        places = page.evaluate("Reveal.getSlides().map((one) => Reveal.getIndices(one))")
        for place in places:
            page.evaluate("({ h, v }) => Reveal.slide(h, v)", place)
            slides.append(page.evaluate(SEEN))
    for slide in slides:
        assert not slide["cut"], slide["title"]
        assert not slide["small"], slide["title"]
        # A heading with nothing below it, be it the last of a slide, belongs to what it is about.
        assert not slide["last"], slide["title"]
        assert slide["letters"] > 30, slide["title"]
    shown = [slide["html"] for slide in slides]
    assert len(shown) == len(set(shown))
    headings = [slide["title"] for slide in slides if slide["title"].endswith("¶")]
    assert len(headings) == len(set(headings))


#: The formulas of each slide with what stands before them, its headings.
FORMULAS = """() => [...document.querySelectorAll("section:not(:has(section))")].map((slide) => ({
  title: slide.querySelector("h1, h2, h3, .again")?.textContent.trim() ?? "",
  text: slide.textContent,
  formulas: [...slide.querySelectorAll("mjx-container[display=true]")]
    .filter((formula) => !formula.closest("aside"))
    .map((formula) => {
      let before = formula.closest("p, .jp-RenderedMarkdown > *");
      // A sentence may lead to several.
      do before = before.previousElementSibling; while (before?.querySelector("[display=true]"));
      return before?.matches("p:not(.again)") ? before.textContent.trim() : "";
    }),
}))"""


def test_no_formula_of_a_slide_stands_without_the_sentence_before_it(deck):
    before = []
    for name in DECKS:
        with deck(name) as visit:
            slides = visit.page.evaluate(FORMULAS)
        before += [words for slide in slides for words in slide["formulas"]]
    assert len(before) > 20
    assert min(map(len, before)) > 10


@pytest.mark.parametrize("name", DECKS)
def test_every_slide_has_a_heading_be_it_its_sections_again(deck, name):
    with deck(name) as visit:
        titles = [slide["title"] for slide in visit.page.evaluate(FORMULAS)]
    assert all(titles)
    cells = json.loads((ROOT / f"book/{name}.ipynb").read_text("utf-8"))["cells"]
    written = " ".join("".join(cell["source"]) for cell in cells).translate({42: None, 96: None})
    said = [title.rstrip("¶").replace("\N{NO-BREAK SPACE}", " ") for title in titles]
    assert not [title for title in said if title not in written]


@pytest.mark.parametrize("name", DECKS)
def test_slides_of_exercises_show_what_is_asked_and_all_choices(deck, built_site, name):
    page = (built_site / f"book/{name}.html").read_text(encoding="utf-8")
    keys = [
        json.loads(base64.b64decode(one)) for one in re.findall(r'data-exercise="([^"]+)"', page)
    ]
    with deck(name) as visit:
        slides = [
            slide["text"] for slide in visit.page.evaluate(FORMULAS) if "Exercise" in slide["title"]
        ]
    assert slides
    for text in slides:
        number = re.search(r"Exercise (\d\.\d+)", text)[1]
        (key,) = [key for key in keys if key["name"] == number]
        assert key["ask"] in text
        for choice in key.get("choices", ()):
            assert unescape(choice["text"].replace("`", "")) in text
        assert "Answer in Jupyter" not in text


LINKS = re.compile(r'href="\.\./_static/(slides|sheets)/([^"#]+)#/?([^"]+)"')


def test_the_plans_lead_to_slides_where_their_part_of_the_lesson_begins(deck):
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    wanted = {(name, slug) for kind, name, slug in LINKS.findall(page) if kind == "slides"}
    assert len(wanted) >= 12
    for name in sorted({name for name, _ in wanted}):
        with deck(Path(name).stem) as visit:
            for slug in [slug for one, slug in wanted if one == name]:
                visit.page.evaluate("(slug) => { location.hash = `/${slug}`; }", slug)
                visit.page.wait_for_function(
                    "(slug) => Reveal.getCurrentSlide().id === slug", arg=slug
                )
                assert visit.page.locator("section.present > :first-child").last.inner_text()


def test_each_sheet_of_a_plan_names_the_exercises_that_its_words_name():
    page = (ROOT / "book/teaching.md").read_text(encoding="utf-8")
    sheets = re.findall(r'href="[^"#]+exercises\.html#([^"]+)">([^<]+)</a>', page)
    assert len(sheets) >= 12
    for names, words in sheets:
        assert names.split(",") == re.findall(r"\d\.\d+", words)


@pytest.mark.parametrize("names", [["1.1", "2.4"], ["4.4", "6.3"], ["6.2"]])
def test_a_sheet_shows_those_exercises_alone_that_its_address_names(names, browser, origins):
    with Visit(browser, origins["file"], f"{PRINTED}#{','.join(names)}") as visit:
        shown = visit.page.locator("h3:visible").all_inner_texts()
        assert [heading.split()[0] for heading in shown] == names
        assert visit.page.locator("h2:visible").count() == len({name[0] for name in names})
        words = " ".join(visit.page.locator("section[data-exercise]:visible").all_inner_texts())
        for chapter, number in re.findall(r"\bFigure (\d)\.(\d+)", words):
            assert visit.page.locator(f"#figure-{chapter}-{number}").is_visible()
        visit.page.get_by_text("Show all").click()
        visit.page.wait_for_function(
            "document.querySelectorAll('[data-exercise][hidden]').length === 0"
        )
        assert not visit.complaints


def test_a_figure_that_two_exercises_need_is_shown_to_who_prints_the_later_one(browser, origins):
    with Visit(browser, origins["file"], PRINTED) as visit:
        needs = visit.page.evaluate(
            """() => [...document.querySelectorAll('[data-exercise]')]
              .map(({ dataset }) => [dataset.exercise, dataset.needs.split(' ').filter(Boolean)])"""
        )
        page = visit.page
        for exercise, figures in needs:
            if figures:
                page.goto("about:blank")
                page.goto(f"{origins['file']}/{PRINTED}#{exercise}")
                for figure in figures:
                    assert page.locator(f"#{figure}").is_visible(), exercise
