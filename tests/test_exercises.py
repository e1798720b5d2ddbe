"""Promises of checked exercises: keys cannot rot, an answer is told what is wrong, a page needs no kernel."""

from __future__ import annotations

import ast
import base64
import json
import re
from fractions import Fraction

import numpy as np
import pytest
import yaml
from browsing import AXE, CONTRASTS, DESK, LEAST_CONTRAST, NO_STORAGE, PHONE, ROOT, Visit

import qdtools as qd
from qdtools.show import exercises

CASES = json.loads((ROOT / "tests" / "js" / "exercise_cases.json").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    f"{entry['file']}.html"
    for part in TOC["parts"]
    if part.get("numbered")
    for entry in part["chapters"]
]


@pytest.fixture(autouse=True)
def _none_set(monkeypatch):
    """Each test sets its own exercises."""
    monkeypatch.setattr(exercises, "_SET", {})


def set_case(given):
    """Set an exercise as the shared table gives it."""
    pairs = {
        name: [tuple(pair) for pair in value] for name, value in given.items() if name == "choices"
    }
    pairs |= {"likely": dict(map(tuple, given["likely"]))} if "likely" in given else {}
    rest = {name: value for name, value in given.items() if name not in {"name", "grade", *pairs}}
    return qd.exercise(given["name"], given["grade"], **rest, **pairs)


# ---- the key


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["exercise"]["name"])
def test_python_judges_by_the_table_that_the_pages_are_held_to(case):
    made = set_case(case["exercise"])
    assert made.key == case["key"]
    for row in case["answers"]:
        if "choices" in made.key:
            told = qd.check(made.name, "abcdefgh"[row["answer"]])
        else:
            told = qd.check(made.name, row["answer"])
        assert (told.right, str(told)) == (row["right"], row["said"])


CHOICES = {"few": "No.", "many": "Yes."}
NUMBER = {"right": 5.0, "tolerance": 0.5}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"choices": CHOICES, "right": "some"}, "none of the choices"),
        ({"choices": {"few": "No."}, "right": "few"}, "two or more"),
        ({"choices": [("few", "No."), ("few", "Yes.")], "right": "few"}, "are equal"),
        ({"choices": [("Few", "No."), ("few. ", "Yes.")], "right": "Few"}, "are equal"),
        ({"choices": [("0.50", "No."), ("0.5", "Yes.")], "right": "0.5"}, "are equal"),
        ({"choices": [("50 %", "No."), ("1/2", "Yes.")], "right": "50 %"}, "are equal"),
        ({"choices": {"few": " ", "many": "Yes."}, "right": "many"}, "says nothing"),
        ({"choices": {"b": "No.", "many": "Yes."}, "right": "many"}, "reads as a letter"),
        ({"choices": CHOICES, "right": "few", "tolerance": 1}, "no likely number or tolerance"),
        ({**NUMBER, "likely": {5.5: "Look."}}, "is right within 0.5"),
        ({**NUMBER, "likely": {4.6: "Look."}}, "is right within 0.5"),
        ({**NUMBER, "likely": {8: "Look.", 8.4: "There."}}, "told apart"),
        ({**NUMBER, "likely": [(8, "Look."), (8, "There.")]}, "told apart"),
        ({**NUMBER, "likely": {8: ""}}, "says nothing"),
        ({**NUMBER, "likely": {float("nan"): "Look."}}, "no finite number"),
        ({"right": float("nan"), "tolerance": 1}, "no finite number"),
        ({"right": float("inf")}, "no finite number"),
        ({"right": "five"}, "no finite number"),
        ({"right": 5, "tolerance": 0}, "not positive"),
        ({"right": 5, "tolerance": -1}, "not positive"),
        ({"right": 5, "tolerance": float("nan")}, "no finite number"),
    ],
)
def test_an_exercise_that_has_rotted_is_refused_in_one_sentence(given, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        qd.exercise("1.1", "compute", **given)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "grade"), [("one", "guess"), ("1", "guess"), ("1.0", "guess"), ("1.1", "hard")]
)
def test_a_name_or_a_grade_that_the_book_has_not_is_refused(name, grade):
    with pytest.raises(qd.SettingError):
        qd.exercise(name, grade, right=1)


def test_a_number_is_exact_if_it_is_whole_else_within_a_hundredth():
    qd.exercise("1.1", "compute", right=28353)
    qd.exercise("1.2", "compute", right=0.5)
    assert qd.check("1.1", 28353).right
    assert not qd.check("1.1", 28354).right
    assert qd.check("1.2", 0.504).right
    assert not qd.check("1.2", 0.506).right


def test_the_order_of_choices_is_the_names_and_puts_the_right_one_anywhere():
    def places(number):
        given = [(f"choice {i}", "So.") for i in range(4)]
        made = qd.exercise(f"3.{number}", "guess", choices=given, right="choice 0")
        return [choice["right"] for choice in made.key["choices"]].index(True)

    first = [places(number) for number in range(1, 41)]
    assert first == [places(number) for number in range(1, 41)]
    assert min(first.count(place) for place in range(4)) >= 4


# ---- what a notebook is told


@pytest.mark.parametrize(
    "answer",
    [
        *(0.25, "0.25", "0,25", " .25 ", "1/4", "25 %", Fraction(1, 4)),
        *(np.float32(0.25), np.float64(0.25), np.array(0.25), np.array([0.25]), [0.25]),
    ],
)
def test_a_number_may_come_in_any_form(answer):
    qd.exercise("1.1", "compute", right=0.25, tolerance=0.001)
    assert qd.check("1.1", answer).right


@pytest.mark.parametrize(
    "answer", ["B", "b", "(b)", "b.", "b)", "Many of them", "many  of them.", "MANY", np.str_("b")]
)
def test_a_choice_may_come_by_letter_or_words(answer):
    qd.exercise("1.1", "guess", choices={"few": "No.", "many of them": "Yes."}, right="few")
    texts = [
        choice["text"]
        for choice in qd.exercise(
            "1.1", "guess", choices={"few": "No.", "many of them": "Yes."}, right="many of them"
        ).key["choices"]
    ]
    letter = "ab"[texts.index("many of them")]
    told = qd.check("1.1", str(answer).replace("b", letter).replace("B", letter.upper()))
    assert (told.right, str(told)) == (True, "Right. Yes.")


@pytest.mark.parametrize("answer", ["z", "", "ma", "few or many", None, True, {}, np.zeros(3)])
def test_what_is_no_choice_is_told_what_would_be_one(answer):
    choices = {"many": "No.", "maybe": "No.", "few": "Yes."}
    qd.exercise("1.1", "guess", choices=choices, right="few")
    told = qd.check("1.1", answer)
    assert not told.right
    assert "letter" in str(told)


@pytest.mark.parametrize("answer", [np.zeros((3, 3)), None, True, [1, 2], "many", object()])
def test_what_is_no_number_is_told_so(answer):
    qd.exercise("1.1", "compute", right=9)
    told = qd.check("1.1", answer)
    assert not told.right
    assert "number" in str(told)
    if isinstance(answer, np.ndarray):
        assert "(3, 3)" in str(told)


def looked_at(my_filter):
    if np.shape(my_filter) != (3, 3):
        return f"Its shape is {np.shape(my_filter)}, not (3, 3)"
    return "" if np.asarray(my_filter).sum() == 0 else "Its weights do not sum to 0."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (np.zeros((2, 2)), "Not yet. Its shape is (2, 2), not (3, 3)."),
        (np.ones((3, 3)), "Not yet. Its weights do not sum to 0."),
        (np.array([["a"] * 3] * 3), "Not yet. It stopped with "),
        (np.array([[0, 0, 0], [-1, 2, -1], [0, 0, 0]]), "Right. It finds edges."),
        ("4", "Right: 4. It finds edges."),
        (4, "Right: 4. It finds edges."),
        (5, "Not so. Too high, by about 30%."),
    ],
)
def test_what_was_built_is_looked_at_or_its_number_checked(answer, said):
    qd.exercise("1.1", "build", ask="n", right=4, said="It finds edges.", verify=looked_at)
    assert str(qd.check("1.1", answer)).startswith(said)


def test_an_unknown_name_is_answered_with_those_that_there_are():
    assert "run the cells" in str(qd.check("1.1", 1))
    for name in ("1.10", "1.2", "1.1"):
        qd.exercise(name, "compute", right=1)
    assert str(qd.check("9.9", 1)) == "There is no exercise 9.9, only 1.1, 1.2, 1.10."
    assert qd.check(1.2, 1).right


def test_an_exercise_shows_its_choices_but_not_its_key():
    told = "It is the <largest>."
    made = qd.exercise(
        "3.1", "guess", choices={"`max` & co": told, "few": "No."}, right="`max` & co"
    )
    html = made._repr_html_()
    assert "<code>max</code> &amp; co" in html
    assert "qd.check(&quot;3.1&quot;, &quot;b&quot;)" in html
    assert "largest" not in html
    assert repr(made) == "Exercise 3.1 · guess"
    assert "&lt;largest&gt;" in qd.check("3.1", "`max` & co")._repr_html_()
    built = qd.exercise("3.2", "build", ask="n", right=4, verify=looked_at)
    assert "qd.check(&quot;3.2&quot;, my_filter)" in built._repr_html_()


# ---- in the page


class Chapter(Visit):
    """An open chapter with the keys of its exercises."""

    def __init__(self, browser, origin, name, script=None):
        self.script = script
        super().__init__(browser, origin, name)
        self.boxes = self.page.locator("[data-exercise]")
        self.keys = [
            json.loads(base64.b64decode(box.get_attribute("data-exercise")))
            for box in self.boxes.all()
        ]

    def prepare(self):
        if self.script:
            self.page.add_init_script(self.script)

    def answer(self, number, right):
        """Give an exercise a right or a wrong answer by the mouse; return what is to be said."""
        box, key = self.boxes.nth(number), self.keys[number]
        if "choices" in key:
            (place, *_) = [
                place for place, one in enumerate(key["choices"]) if one["right"] == right
            ]
            box.locator("label").nth(place).click()
            said = key["choices"][place]["said"]
        elif right:
            box.locator("input").fill(repr(key["right"]))
            said = key["shown"]
        else:
            wrong = key["likely"][0] if key["likely"] else {"value": 9e9, "said": "Too high"}
            box.locator("input").fill(repr(wrong["value"]))
            said = wrong["said"]
        box.get_by_role("button", name="Check").click()
        return said.replace("`", "")

    def said(self, number):
        return self.boxes.nth(number).get_by_role("status").inner_text()

    def tally(self):
        return self.page.locator(".quiz-tally span").inner_text()

    def answer_all(self, right):
        for number in range(len(self.keys)):
            self.answer(number, right)


@pytest.fixture(params=CHAPTERS)
def chapter(request, browser, origins):
    """Each chapter in turn, opened as a file, all that it complains about held against it."""
    with Chapter(browser, origins["file"], request.param) as chapter:
        loaded = len(chapter.responses)
        yield chapter
        assert len(chapter.responses) == loaded
        assert not chapter.complaints
        assert not chapter.outside


@pytest.fixture
def one(browser, origins):
    """A chapter opened as a file."""
    with Chapter(browser, origins["file"], CHAPTERS[0]) as chapter:
        yield chapter
        assert not chapter.complaints


def test_every_exercise_is_told_what_is_wrong_then_marked_as_solved(chapter):
    number_of = len(chapter.keys)
    assert number_of >= 5
    assert chapter.tally() == f"0 of {number_of} solved"
    for number, key in enumerate(chapter.keys):
        box = chapter.boxes.nth(number)
        told = chapter.answer(number, right=False)
        assert told in chapter.said(number), key["name"]
        assert chapter.said(number).startswith("Not so")
        assert box.get_attribute("data-state") == "wrong"
        told = chapter.answer(number, right=True)
        assert told in chapter.said(number), key["name"]
        assert chapter.said(number).startswith("Right")
        assert box.get_attribute("data-state") == "right"
        assert chapter.tally() == f"{number + 1} of {number_of} solved"


def typed_mistakes(page):
    """How many likely wrong answers the chapter behind a page writes down for each number it asks for."""
    notebook = (ROOT / page).with_suffix(".ipynb")
    found: dict[str, int] = {}
    assigned: dict[str, ast.expr] = {}  # by earlier cells, too
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code" or "".join(cell["source"]).startswith("%"):
            continue
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Assign):
                assigned |= {to.id: node.value for to in node.targets if isinstance(to, ast.Name)}
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "qd.exercise":
                for word in node.keywords:
                    if word.arg == "likely":
                        found[ast.literal_eval(node.args[0])] = mistakes_in(word.value, assigned)
    return found


def mistakes_in(given, assigned):
    """How many answers an expression writes down, itself or by a name that was assigned."""
    nodes = list(ast.walk(given))
    nodes += [assigned[node.id] for node in nodes if getattr(node, "id", "") in assigned]
    written = sum(len(node.keys) for node in nodes if isinstance(node, ast.Dict))
    for node in nodes:
        if isinstance(node, ast.DictComp) and isinstance(node.generators[0].iter, ast.Tuple):
            written += len(node.generators[0].iter.elts)  # one for each that it goes through
    return written


@pytest.mark.parametrize("page", CHAPTERS)
def test_no_likely_mistake_is_lost_on_the_drawings_of_the_book(page, built_site):
    """Where readers' own drawings let two answers collide, one is dropped; on this page none is."""
    content = (built_site / page).read_text(encoding="utf-8")
    keys = [
        json.loads(base64.b64decode(key)) for key in re.findall(r'data-exercise="([^"]+)"', content)
    ]
    told = {key["name"]: len(key["likely"]) for key in keys if "choices" not in key}
    assert told == typed_mistakes(page)
    assert min(told.values()) >= 1


def test_each_exercise_of_a_chapter_stands_below_its_heading(chapter):
    names = [key["name"] for key in chapter.keys]
    assert len(set(names)) == len(names)
    for number, name in enumerate(names):
        section = chapter.boxes.nth(number).locator("xpath=ancestor::section[1]")
        assert f"Exercise {name} " in section.locator("h3").inner_text()


def test_the_keyboard_alone_answers(one):
    for number, key in enumerate(one.keys):
        box = one.boxes.nth(number)
        first = box.locator("input").first
        first.focus()
        if "choices" in key:
            place = [choice["right"] for choice in key["choices"]].index(True)
            one.page.keyboard.press("Space")
            for _ in range(place):
                one.page.keyboard.press("ArrowDown")
        else:
            one.page.keyboard.type(repr(key["right"]))
        one.page.keyboard.press("Enter")
        assert box.get_attribute("data-state") == "right", key["name"]


def test_an_empty_answer_is_asked_for_one(one):
    for number in range(len(one.keys)):
        box = one.boxes.nth(number)
        box.get_by_role("button", name="Check").click()
        assert "first" in one.said(number)
        assert box.get_attribute("data-state") == "open"
        assert box.locator("input").first.evaluate("(input) => input === document.activeElement")


def test_every_field_has_a_name_and_what_is_said_of_it_is_spoken(one):
    for number, key in enumerate(one.keys):
        box = one.boxes.nth(number)
        if "choices" in key:
            group = box.get_by_role("group")
            assert group.locator("legend").inner_text()
            described = group.get_attribute("aria-describedby")
            for choice in key["choices"]:
                name = choice["text"].replace("`", "")
                assert box.get_by_role("radio", name=name, exact=True).count() == 1
        else:
            field = box.get_by_role("textbox")
            assert box.locator("label").inner_text().strip()
            described = field.get_attribute("aria-describedby")
        assert box.get_by_role("status").get_attribute("id") == described


def test_answers_are_there_after_a_reload_until_they_are_cleared(one):
    one.answer(0, right=True)
    one.answer(1, right=False)
    states = "() => [...document.querySelectorAll('[data-exercise]')].map((b) => b.dataset.state)"
    kept = one.page.evaluate(states)
    assert kept[:2] == ["right", "wrong"]
    said = one.said(1)
    one.page.reload()
    assert one.page.evaluate(states) == kept
    assert one.said(1) == said
    assert one.tally().startswith("1 of ")
    one.page.get_by_role("button", name="Clear my answers").click()
    assert set(one.page.evaluate(states)) == {"open"}
    assert one.tally().startswith("0 of ")
    one.page.reload()
    assert set(one.page.evaluate(states)) == {"open"}


def test_an_answer_that_is_no_choice_any_more_is_forgotten(one):
    (number, *_) = [n for n, key in enumerate(one.keys) if "choices" in key]
    one.answer(number, right=True)
    one.page.evaluate(
        """() => { for (const name of Object.keys(localStorage)) {
          if (name.includes('exercise')) localStorage.setItem(name, 'no such choice'); } }"""
    )
    one.page.reload()
    assert one.boxes.nth(number).get_attribute("data-state") == "open"


def test_exercises_are_checked_with_the_storage_off(browser, origins):
    with Chapter(browser, origins["file"], CHAPTERS[0], script=NO_STORAGE) as chapter:
        chapter.answer_all(right=True)
        total = len(chapter.keys)
        assert chapter.tally() == f"{total} of {total} solved"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_answered_exercises_can_be_read_by_everyone(one, scheme, viewport, right):
    page = one.page
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    one.answer_all(right)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = "{ resultTypes: ['violations'], preload: false }"
    found = page.evaluate(f"axe.run({{ include: ['[data-exercise]', '.quiz-tally'] }}, {options})")
    assert [violation["id"] for violation in found["violations"]] == []
    inside = "[...document.querySelectorAll('.quiz')].map((b) => b.scrollWidth - b.clientWidth)"
    assert max(page.evaluate(inside)) <= 0
    faint = [text for text, contrast in page.evaluate(CONTRASTS) if contrast < LEAST_CONTRAST]
    said = {one.said(number)[:60] for number in range(len(one.keys))}
    assert said.isdisjoint(faint)


def test_pages_without_exercises_load_nothing_of_them(browser, origins):
    with Visit(browser, origins["file"], "book/troubleshooting.html") as visit:
        assert not [one.url for one in visit.responses if "_static/exercises/" in one.url]
        assert not visit.page.locator("script[src*='_static/exercises/']").count()


def test_without_scripts_choices_have_letters_and_the_way_to_check_them(browser, origins):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origins['file']}/{CHAPTERS[0]}")
    for box in page.locator("[data-exercise]").all():
        assert "qd.check(" in box.inner_text()
    assert page.locator("[data-exercise] ol[type=a] li").count() >= 2
    context.close()


# ---- solutions


def test_every_exercise_has_a_solution_closed_until_the_keyboard_opens_it(chapter):
    for key in chapter.keys:
        solution = chapter.page.locator(
            "details", has=chapter.page.get_by_text(f"Solution {key['name']}", exact=True)
        )
        assert solution.count() == 1, key["name"]
        assert solution.get_attribute("open") is None
        summary = solution.locator("summary")
        assert summary.inner_text().strip() == f"Solution {key['name']}"
        summary.focus()
        chapter.page.keyboard.press("Enter")
        assert solution.get_attribute("open") is not None
        assert solution.locator("div.cell_output, div.cell_input").first.is_visible()
