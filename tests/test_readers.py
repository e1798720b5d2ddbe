"""Promises to readers who bring drawings, names or weights of their own: every chapter runs on them."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from types import SimpleNamespace

import every_reader
import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import qdtools as qd
from qdtools import settings
from qdtools.drawings.categories import DEFAULT_CATEGORIES
from qdtools.drawings.collection import FEWEST_CATEGORIES, FEWEST_DRAWINGS


def ran(path, until: str) -> dict:
    """What the cells of a notebook have made, down to the one of this id."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    last = next(number for number, cell in enumerate(cells) if cell["id"] == until)
    made: dict = {}
    for cell in cells[: last + 1]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), made)  # noqa: S102 - the book's own cells
    return made


def cells_ran(chapter: str, *ids: str, **made) -> dict:
    """What some cells of a chapter make of what the cells before them are said to have made."""
    path = every_reader.ROOT / "book" / f"{chapter}.ipynb"
    cells = {cell["id"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}
    made |= {"np": np, "qd": qd}
    for name in ids:
        exec("".join(cells[name]["source"]), made)  # noqa: S102 - the book's own cells
    return made


def few(*counts: int) -> qd.Drawings:
    """Drawings of so many of each category, all blank."""
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple(f"name {number}" for number in range(len(counts)))
    return qd.Drawings(np.zeros((len(labels), 28, 28), np.uint8), labels, names, "a folder")


def test_every_chapter_runs_on_three_names_from_a_folder_that_nobody_knows(tmp_path, monkeypatch):
    """The cheapest reader that meets it all; `tools/every_reader.py` tries every other."""
    monkeypatch.setenv("QD_RUN", "tiny")
    found = every_reader.try_reader("foreign", tmp_path, every_reader.notebooks(), at_once=2)
    assert found == []


@pytest.mark.parametrize("name", ["one", "five"])
def test_too_little_is_refused_by_a_sentence_in_the_first_cell(name, tmp_path):
    path = every_reader.ROOT / "book" / "1-data-and-noise.ipynb"
    assert every_reader.try_reader(name, tmp_path, [path], at_once=1) == []


def test_all_but_chapters_about_something_else_run_on_a_readers_drawings():
    found = {path.stem.split("-")[0] for path in every_reader.notebooks()}
    assert found >= {*"123456", "comparisons", "sources", "index"}


@pytest.mark.parametrize("path", every_reader.notebooks(), ids=lambda path: path.stem)
def test_every_notebook_asks_at_its_top_whether_there_is_enough(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert "qd.load().enough(" in first


@pytest.mark.parametrize("path", every_reader.notebooks(), ids=lambda path: path.stem)
def test_no_typed_sentence_takes_the_demos_categories_for_the_readers(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in (cell for cell in cells if cell["cell_type"] == "markdown"):
        words = re.sub(r"`[^`]*`", "", "".join(cell["source"]))
        for paragraph in words.split("\n\n"):
            assert every_reader.names_of_the_demo(paragraph) == []


@pytest.mark.parametrize(
    ("counts", "said"),
    [((50,), "'name 0' is the only category"), ((50, 9), "only 9 of 'name 1'"), ((5, 5), "5 of")],
)
def test_too_few_drawings_are_no_chapters(counts, said):
    with pytest.raises(qd.DataError, match=said):
        few(*counts).enough()


def test_enough_takes_no_more_than_a_chapter_needs():
    least = few(*[FEWEST_DRAWINGS] * FEWEST_CATEGORIES)
    assert len(least.enough()) == len(least)
    many = few(2000, 300)
    assert many.enough().counts == {"name 0": 500, "name 1": 300}
    hundred = few(*[100] * 30)
    assert len(hundred.enough()) == len(hundred), "as many as the sample has are never left out"
    assert hundred.enough(categories=10).categories[:3] == ("name 0", "name 3", "name 6")
    assert "10 of its 30 categories" in hundred.enough(categories=10).source


def test_of_some_categories_as_many_drawings_are_taken_as_if_there_were_no_others(monkeypatch):
    own = few(*[120] * 30)
    monkeypatch.setenv("QD_RUN", "full")
    assert set(own.enough(categories=10).counts.values()) == {120}
    monkeypatch.setenv("QD_RUN", "small")
    assert set(own.enough(categories=10).counts.values()) == {100}
    assert set(few(*[600] * 30).enough(categories=2).counts.values()) == {500}


def test_thinned_keeps_every_category():
    assert few(40, 40).thinned(20).counts == {"name 0": 10, "name 1": 10}
    assert set(few(*[40] * 30).thinned(20).counts.values()) == {2}
    assert len(few(4, 4).thinned(100)) == 8


def test_a_notebook_shows_a_refusal_as_a_sentence_alone(capsys):
    shell = InteractiveShell()
    shell.run_cell("import qdtools as qd\nqd.load('fihs', source='sample')")
    shown = capsys.readouterr().out.strip()
    assert shown.startswith("DataError: There is no category 'fihs'")
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize(
    "names", ["all", ",".join(every_reader.KNOWN), ",".join(DEFAULT_CATEGORIES)]
)
def test_the_stroke_that_the_chapter_on_convolution_calls_upright_is_upright(names, monkeypatch):
    monkeypatch.setenv("QD_CATEGORIES", names)
    made = ran(every_reader.ROOT / "book" / "2-convolution.ipynb", "cell-04")
    for left, middle, right in made["patch"][1:4, 1:4]:
        assert middle > 0.9 > 0.6 > max(left, right)
    # The book's own pages keep the drawing that they have always shown.
    assert made["category"] == "jacket" or "jacket" not in names


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (every_reader.FOREIGN, "3 categories, none of them among Google's"),
        ({"owl": "owl", "night bus": "bus"}, "2 categories, 1 of them among Google's"),
        ({"owl": "owl", "bicycle": "bicycle"}, "2 of them"),
    ],
)
def test_only_googles_categories_are_counted_among_googles(names, said, monkeypatch, tmp_path):
    folder = every_reader.write_folder(tmp_path / "own", names, 12)
    monkeypatch.setenv("QD_DATA_DIR", str(folder))
    made = ran(every_reader.ROOT / "book" / "1-data-and-noise.ipynb", "cell-06")
    assert made["with_these"] == said


@pytest.mark.parametrize(("right", "n"), [(10, 10), (9, 10), (58, 72), (180, 200), (1000, 1000)])
def test_of_right_answers_alone_one_is_counted_wrong_so_that_test_sets_differ(right, n):
    hits = np.arange(n) < right
    made = cells_ran("4-cnn", "cell-55", "cell-57", "cell-60", "cell-77", hits=hits, test=hits)
    assert made["hat"].sum() == min(right, n - 1)
    assert hits.sum() == right, "the network's own accuracy stays what it is"
    assert bool(made["none_wrong"]) == (right == n)
    assert np.ptp(made["other_test_sets"](20)) > 0
    # Whatever was measured, what the exercise takes for right halves the interval best.
    off = {
        text: abs(made["width"](k) / made["width"](1) - 0.5) for text, k in made["factors"].items()
    }
    assert qd.check("4.2", min(off, key=off.get)).right


@pytest.mark.parametrize(
    ("clean", "noisy", "other", "said", "unsaid"),
    [
        (90, 67, 96, "With noise they part. At level 0.5 this chapter's CNN", "still names 67.0%"),
        (90, 67, 60, "is down to 67.0%; the shipped one, which met noise", "they part"),
        (81, 81, 100, "still names 81.0%: these drawings are too few", "down"),
        (81, 85, 85, "still names 85.0%: these drawings are too few", "down"),
    ],
)
def test_a_classifier_is_down_to_what_it_names_only_where_it_named_more(
    clean, noisy, other, said, unsaid
):
    own, others = [qd.Share(clean, 100), qd.Share(noisy, 100)], [None, qd.Share(other, 100)]
    made = cells_ran("4-cnn", "cell-69", own=own, other=others, chained=others, half=1)
    assert said in made["parted"]
    assert unsaid not in made["parted"]
    assert f"names {other}.0%" in made["parted"]


def notebook(*outputs: dict) -> nbformat.NotebookNode:
    """A notebook that was run, a cell of code an output."""
    cells = [nbformat.v4.new_code_cell(outputs=[output]) for output in outputs]
    return nbformat.v4.new_notebook(cells=cells)


def spoken(text: str) -> dict:
    return nbformat.v4.new_output("display_data", data={"text/markdown": text})


def failed(words: str, *traceback: str) -> dict:
    return nbformat.v4.new_output(
        "error", ename="DataError", evalue=words, traceback=list(traceback)
    )


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (spoken("Owls are named right."), None),
        (spoken("The demo's pineapples."), None),
        (spoken("All pineapples are named right."), "speaks of pineapple"),
        (spoken("cup, named mug; owl, named bird; bus, named truck; bee, named ant."), None),
        (spoken("cup, named fish; fish, named cat; owl, named bird."), "speaks of cat, cup, fish"),
        (spoken("It gains nan dB."), "says no number"),
        (spoken("It names 60% right;. It has 3 layers."), "says it brokenly"),
        (spoken("1 of the 2 pairs are mistakes."), "says it brokenly"),
        (spoken("Of all 24 drawings, 1 leave less."), "says it brokenly"),
        (spoken("The 5 surest, then its 0 surest mistakes."), "says it brokenly"),
        (spoken("It learned 1 names."), "says it brokenly"),
        (spoken("Their cross-entropy falls below 0.000."), "says it brokenly"),
        (spoken("It names 14.8%; luck alone would name 0%."), "says it brokenly"),
        (spoken("After 1 votes: owl 0.5."), "says it brokenly"),
        (spoken("The shipped one had 0 epochs."), "says it brokenly"),
        (spoken("The shipped one had 10 epochs."), None),
        (spoken("Most and least: owl 100% and bicycle 100%, p = 1."), "says it brokenly"),
        (spoken("Most and least: owl 100% and bicycle 0%, p = 1."), None),
        (spoken("*bus*, with 95%; among all 2 names it would be *bus*, with 95%."), "brokenly"),
        (spoken("*bus*, with 95%; among all 345 names it would be *bus*, with 91%."), None),
        (spoken("It names about **four drawings in five**, 90.0%."), "says it brokenly"),
        (spoken("It names about four drawings in five, 72.1%."), "says it brokenly"),
        (spoken("It names about **nine drawings in ten**, 90.0%."), None),
        (spoken("It names about four drawings in five, 82.4%."), None),
        (spoken("It names about one drawing in 7, 15.0%."), None),
        (spoken("It names about one drawing in 7, 40.0%."), "says it brokenly"),
        (spoken("It names about half of all drawings, 52.0%."), None),
        (spoken("It names about half of all drawings, 90.0%."), "says it brokenly"),
        (spoken("It names nearly all drawings, 60.0%."), "says it brokenly"),
        (spoken("It falls from 2.5% to 5%."), None),
        (spoken("Most test sets give 75.0% to 100.0%."), None),
        (
            nbformat.v4.new_output("stream", text="Most test sets give 100.0% to 100.0%"),
            "says it brokenly",
        ),
        (spoken('<img alt="It names owls. After 1 steps">'), "says it brokenly"),
        (spoken("It falls below 0.001; luck alone would name 0.3%."), None),
        (spoken("It gains 5.1 points on 21 drawings, 1 of 2 names."), None),
        (failed("no"), "fails"),
        (nbformat.v4.new_output("stream", name="stderr", text="Mean of empty slice"), "warns"),
    ],
)
def test_what_a_reader_should_not_meet_is_found(output, fault):
    found = list(every_reader.faults(notebook(output), every_reader.Reader()))
    assert not found if fault is None else [fault in one for one in found] == [True]


def test_what_only_another_state_of_a_slider_says_is_found():
    states = {
        "box": {"state": {"children": ["IPY_MODEL_first", "IPY_MODEL_stack"]}},
        "stack": {"state": {"children": ["IPY_MODEL_second"]}},
        "first": {"state": {"value": "<p>Both ways after 2 steps</p>"}},
        "second": {"state": {"value": '<svg aria-label="Both ways after 1 steps"></svg>'}},
        "elsewhere": {"state": {"value": "It learned 1 names."}},
    }
    slider = nbformat.v4.new_output(
        "display_data",
        data={every_reader.WIDGET: {"model_id": "box"}, "text/plain": "VBox(1 names)"},
    )
    run = notebook(slider)
    run.metadata["widgets"] = {every_reader.STATES: {"state": states}}
    (found,) = every_reader.faults(run, every_reader.Reader())
    assert "says it brokenly: '1 steps'" in found


@pytest.mark.parametrize(
    ("outputs", "fault"),
    [
        ([failed("no", "DataError: no")], None),
        ([failed("no", "Traceback", "DataError: no")], "more than a sentence"),
        ([spoken("well")], "not refused"),
        ([spoken("a"), spoken("b"), failed("no", "DataError: no")], "not at the top"),
    ],
)
def test_a_refusal_that_a_reader_would_not_read_is_found(outputs, fault):
    found = list(every_reader.faults(notebook(*outputs), every_reader.Reader(refused=True)))
    assert not found if fault is None else [fault in one for one in found] == [True]


@pytest.fixture(scope="module")
def strange() -> tuple[qd.Drawings, qd.Drawings]:
    """Training drawings with test drawings of three names that no network knows."""
    drawings = qd.load(list(every_reader.FOREIGN.values()), source="sample").thinned(120)
    named = dataclasses.replace(drawings, categories=tuple(every_reader.FOREIGN))
    training, _, test = named.split()
    return training, test


def test_names_that_the_networks_know_are_learned_by_nothing():
    training, _, _ = qd.load(["owl", "bus"], source="sample").split()
    pipeline = qd.pipeline_for(training)
    assert set(pipeline.trained_on) == set(qd.ALL_CATEGORIES)
    assert pipeline.categories == ("owl", "bus")
    assert qd.whose_networks(pipeline) == ""


def test_names_that_they_do_not_know_are_learned_from_the_training_drawings(strange):
    training, test = strange
    pipeline = qd.pipeline_for(training)
    assert pipeline.categories == test.categories
    denoised, probabilities = pipeline(qd.gaussian(test.images, 0.5))
    assert (probabilities.argmax(axis=1) == test.labels).mean() > 0.9
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    # A head reads a noisy image twice, as it is and denoised, so the denoised one alone is named by less.
    assert (pipeline.classify(denoised).argmax(axis=1) == test.labels).mean() > 0.9
    two = pipeline.restrict(test.categories[1:])
    assert two.classify(test.images[:4]).shape == (4, 2)
    said = qd.whose_networks(pipeline)
    assert "space robot, night bus, jelly flower are not among them" in said
    assert f"from {len(training)} of your drawings" in said


def test_pages_run_the_networks_that_learned_names_stand_on(
    strange, extension, monkeypatch, tmp_path
):
    """Where `QD_MODELS_DIR` is a folder that `qdtools learn` wrote, a page is built as without it."""
    made = extension("page_data").MAKERS
    app = SimpleNamespace(
        config=SimpleNamespace(page_drawings={"cat": [3], "owl": [3]}), srcdir=every_reader.ROOT
    )
    wanted = {name: made[name](app) for name in ("networks", "background", "namings")}
    learned = qd.learn(strange[0].thinned(30))
    qd.save_learned(learned, tmp_path / "mine")
    monkeypatch.setenv("QD_MODELS_DIR", str(tmp_path / "mine"))
    # It may have learned from what is tested on, which a chapter cannot know, so it says so.
    pipeline = qd.pipeline_for(strange[0])
    np.testing.assert_array_equal(pipeline.head.weights, learned.head.weights)
    said = qd.whose_networks(pipeline)
    assert "space robot, night bus, jelly flower are not among them" in said
    assert "too good" in said
    assert "none of which is tested on" not in said
    monkeypatch.setenv("QD_MODELS_DIR", str(tmp_path / "trained"))
    shutil.copytree(settings.book_models_dir(), tmp_path / "trained")
    assert "too good" in qd.whose_networks(qd.pipeline_for(qd.load(["cat", "owl"])))
    monkeypatch.setenv("QD_MODELS_DIR", str(tmp_path / "mine"))
    found = {name: make(app) for name, make in made.items()}
    assert {name: found[name] for name in wanted} == wanted
    assert found["contest"]["names"] == tuple(wanted["networks"]["focus"])


def test_rivals_learn_the_same_names_as_they_met_drawings_in_their_own_training(strange):
    training, test = strange
    pipeline, methods = qd.pipeline_for(training), ["clean", "denoised", "pipeline"]
    with pytest.raises(qd.DataError, match="space robot"):
        qd.evaluate(pipeline, test, [1], methods=methods)
    scores = qd.evaluate(pipeline, test, [1], methods=methods, learn_on=training)
    named = {row["method"]: row["top1"] for row in scores["rows"]}
    # One that met clean drawings alone is lost where the others are not.
    assert named["clean"] < 0.7 < min(named["denoised"], named["pipeline"])
