"""Promises of the benchmarks: they measure what they say, or refuse in one sentence."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from skimage.transform import resize
from sklearn.datasets import load_digits

import qdtools as qd

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
MODELS = BENCHMARKS.parent / "models"


def refusal(script: str, *arguments: str | Path) -> str:
    """What a benchmark says on standard error when it refuses."""
    command = [sys.executable, BENCHMARKS / script, *arguments]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, ""), run.stderr
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    return run.stderr


@pytest.fixture(scope="module")
def strangers(tmp_path_factory) -> Path:
    """A folder of every category's drawings, none of which the shipped weights were trained on."""
    folder = tmp_path_factory.mktemp("strangers")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 784), np.uint8)
    for name in qd.ALL_CATEGORIES:
        np.save(folder / f"{name}.npy", pixels)
    return folder


@pytest.mark.parametrize("script", ["targets.py", "learning_curve.py", "losses.py"])
def test_a_split_of_drawings_that_the_weights_did_not_learn_is_not_called_unseen(script, strangers):
    assert "other drawings than those that the weights were trained on" in refusal(
        script, strangers
    )


@pytest.mark.parametrize("arguments", [["targets.py", "--all"], ["naming_curve.py"]])
def test_a_folder_without_some_categories_is_refused(arguments, tmp_path):
    np.save(tmp_path / "cat.npy", np.random.default_rng(0).integers(0, 256, (40, 784), np.uint8))
    assert "no drawings of 'The Eiffel Tower' and 343 more" in refusal(*arguments, tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    assert "nowhere" in refusal("training_cost.py", tmp_path / "nowhere")


@pytest.fixture
def again(tmp_path) -> Path:
    """A folder as a second run of the manifest's command leaves it."""
    folder = tmp_path / "again"
    folder.mkdir()
    for name in ("manifest.json", "denoiser.keras", "classifier.keras", "pipeline.onnx"):
        shutil.copy(MODELS / name, folder)
    return folder


def rewritten(folder: Path, change) -> None:
    """Let `change` alter what the manifest of a folder holds."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def rehash(manifest: dict, path: Path) -> None:
    """Let the manifest hold the hash that a file has now."""
    manifest["weights"][path.name]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()


def differences(folder: Path) -> dict[str, str]:
    """The largest difference of each row that is printed, by what the row compares."""
    command = [sys.executable, BENCHMARKS / "reproduction.py", folder]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.strip("| ").split(" | ") for line in run.stdout.splitlines() if line[:1] == "|"]
    return {line[0]: line[-1] for line in lines[2:]}


def test_weights_made_again_are_compared_number_by_number(again):
    network = qd.load_network("denoiser", again)
    values = network.get_weights()
    values[0].flat[3] += 0.5
    network.set_weights(values)
    network.save(again / "denoiser.keras")

    def change(manifest):
        rehash(manifest, again / "denoiser.keras")
        next(row for row in manifest["curves"] if row["stage"] == "joint")["loss"] += 0.25
        manifest["scores"][1]["rows"][0]["top1"] -= 0.125
        for stage in manifest["cpu_seconds"]:
            manifest["cpu_seconds"][stage] *= 2

    rewritten(again, change)
    found = differences(again)
    by_start = {
        start: [value for what, value in found.items() if what.startswith(start)]
        for start in (
            "denoiser, t",
            "classifier, ",
            "joint",
            "denoiser, 3",
            "graph",
            "top-1",
            "CPU",
        )
    }
    assert by_start["denoiser, t"] == ["0"]
    assert by_start["classifier, "] == ["0", "0"]  # losses and weights
    assert float(*by_start["joint"]) == pytest.approx(0.25)
    assert float(*by_start["denoiser, 3"]) == pytest.approx(0.5, abs=1e-6)
    assert by_start["graph"] == ["0", "0"]
    five, all_categories = by_start["top-1"]
    assert five == "0 points"
    assert float(all_categories.removesuffix(" points")) == pytest.approx(12.5)
    assert by_start["CPU"] == ["+100%"]


def test_graphs_made_again_are_compared_by_what_they_answer(again):
    graph = onnx.load(again / "pipeline.onnx")
    for array in graph.graph.initializer:
        if array.data_type == onnx.TensorProto.FLOAT16:
            louder = onnx.numpy_helper.to_array(array) * np.float16(1.125)
            array.CopyFrom(onnx.numpy_helper.from_array(louder, array.name))
    onnx.save(graph, again / "pipeline.onnx")

    rewritten(again, lambda manifest: rehash(manifest, again / "pipeline.onnx"))
    found = differences(again)
    graphs = {what: float(value) for what, value in found.items() if what.startswith("graph")}
    assert len(graphs) == 2
    assert all(value > 0.01 for value in graphs.values()), graphs
    assert {value for what, value in found.items() if "weights" in what} == {"0"}


def test_weights_that_were_not_to_come_out_the_same_are_not_compared(again):
    def grown(manifest):
        manifest["weights"]["denoiser.keras"]["parameters"] += 1

    rewritten(again, grown)
    assert "with other layers than those that ship" in refusal("reproduction.py", again)
    rewritten(again, lambda manifest: manifest["config"].update(seed=7))
    assert "by another config than those that ship" in refusal("reproduction.py", again)
    rewritten(again, lambda manifest: manifest["data"].update(sha256_of_pixels="0"))
    assert "on other drawings than those that ship" in refusal("reproduction.py", again)


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of what the benchmarks keep, with the scripts that read it."""
    for folder in ("benchmarks", "tools"):
        shutil.copytree(BENCHMARKS.parent / folder, tmp_path / folder)
    (tmp_path / "models").mkdir()
    for name in ("manifest.json", "README.md"):
        shutil.copy(MODELS / name, tmp_path / "models")
    return tmp_path


def altered(path: Path, **keys) -> None:
    """Let a kept result have other keys; one that is None goes."""
    kept = json.loads(path.read_text(encoding="utf-8")) | keys
    kept = {key: value for key, value in kept.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def test_a_result_says_on_which_weights_it_was_measured(project):
    kept = project / "benchmarks" / "results" / "naming_curve.json"
    before = json.loads(kept.read_text(encoding="utf-8"))
    altered(kept, weights="of the weights before these")
    command = [sys.executable, project / "benchmarks" / "naming_curve.py", "nowhere", "--again"]
    run = subprocess.run([*command, "--save"], capture_output=True, text=True, check=True)
    after = json.loads(kept.read_text(encoding="utf-8"))
    graph = hashlib.sha256((MODELS / "pipeline.onnx").read_bytes()).hexdigest()
    assert after["weights"] == before["weights"] == graph
    # The runs that were kept are what is told again.
    assert after["rows"] == before["rows"]
    assert run.stdout.count("| ") > len(before["rows"])


def card(project: Path) -> subprocess.CompletedProcess[str]:
    """Write the model card of a project."""
    command = [sys.executable, project / "tools" / "model_card.py"]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_card_says_anew_what_it_says(project):
    written = project / "models" / "README.md"
    written.unlink()
    run = card(project)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert written.read_text(encoding="utf-8") == (MODELS / "README.md").read_text("utf-8")


@pytest.mark.parametrize("weights", [None, "of other weights"])
@pytest.mark.parametrize(
    ("name", "command"), [("channels", "channels.py --save"), ("losses", "losses.py DIR --save")]
)
def test_the_card_refuses_what_was_measured_on_other_weights(project, name, command, weights):
    altered(project / "benchmarks" / "results" / f"{name}.json", weights=weights)
    before = (project / "models" / "README.md").read_bytes()
    run = card(project)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"error: benchmarks/results/{name}.json was not measured on the weights that ship; "
        f"run `python benchmarks/{command}` first.\n"
    )
    assert (project / "models" / "README.md").read_bytes() == before


def test_the_card_words_every_share_in_per_cent(tmp_path):
    written = (BENCHMARKS.parent / "models" / "README.md").read_text(encoding="utf-8")
    quoted = runpy.run_path(str(BENCHMARKS.parent / "tools" / "model_card.py"))["QUOTED"]
    for name, part in quoted.items():
        rows = json.loads((BENCHMARKS / "results" / f"{name}.json").read_text("utf-8"))["rows"]
        for key in part.shares:
            assert all(0 <= row[key] <= 1 for row in rows)
    shares = re.compile(r"level|right|held|stated|share|cache|change")
    for table in re.findall(r"(?:^\|.*\n)+", written, re.M):
        heads, _, *lines = (
            [cell.strip() for cell in line.split("|")] for line in table.splitlines()
        )
        for line in lines:
            bare = [
                cell
                for head, cell in zip(heads, line, strict=True)
                if shares.search(head) and re.fullmatch(r"0\.\d{3,}", cell)
            ]
            assert not bare, (heads, line)


def test_the_card_says_of_every_set_of_names_how_often_it_is_doubted_that_one_fits():
    kept = json.loads((BENCHMARKS / "results" / "own_categories.json").read_text(encoding="utf-8"))
    written = (BENCHMARKS.parent / "models" / "README.md").read_text(encoding="utf-8")
    for among in {row["among"] for row in kept["none_of_these"]}:
        clean = [row for row in kept["none_of_these"] if (row["among"], row["level"]) == (among, 0)]
        wrongly = sum(row["fitting"] for row in clean) / len(clean)
        assert f"| {among} | {len(clean)} | 0 | {wrongly:.1%} |" in written


def test_the_card_refuses_to_leave_out_what_was_never_measured(project):
    (project / "benchmarks" / "results" / "targets.json").unlink()
    run = card(project)
    assert (run.returncode, run.stdout) == (2, "")
    assert "targets.json is missing; run `python benchmarks/targets.py DIR --save`" in run.stderr


def test_what_the_card_asks_for_is_what_new_weights_are_measured_by():
    tools = BENCHMARKS.parent / "tools"
    quoted = runpy.run_path(str(tools / "model_card.py"))["QUOTED"]
    assert sorted(quoted) == sorted(path.stem for path in (BENCHMARKS / "results").glob("*.json"))
    new = runpy.run_path(str(tools / "new_weights.py"))
    command = "qdtools train --data-dir DIR --out DIR"
    steps = new["steps"]({"command": command}, "DIR").values()
    again = str(new["KEPT"] / "again")
    called = {" ".join(words[1:]).replace(again, "AGAIN") for words in steps}
    for name, (arguments, *_) in quoted.items():
        assert (BENCHMARKS / f"{name}.py").exists()
        assert f"{Path('benchmarks', name)}.py{arguments.removeprefix(f'{name}.py')}" in called


@pytest.mark.parametrize(
    ("use", "least"),
    [("naming as it is", 4.0), ("denoising", 1.8), ("denoising, then naming", 1.25)],
)
def test_each_use_of_the_graph_is_as_much_faster_as_was_meant(use, least):
    kept = json.loads((BENCHMARKS / "results" / "inference.json").read_text(encoding="utf-8"))
    (row,) = (row for row in kept["rows"] if row["what"].endswith(f" images, {use}"))
    assert float(row["ratio"]) >= least


def test_saving_answers_takes_no_more_a_picture_and_no_more_memory_the_more_there_are():
    kept = json.loads((BENCHMARKS / "results" / "answers.json").read_text(encoding="utf-8"))
    rows = kept["rows"]
    assert (rows[0]["pictures"], rows[-1]["pictures"]) == (200, 5000)
    assert max(row["peak MB"] for row in rows) <= 300
    for row in rows[1:]:
        assert row["pages"] == row["pictures"] / 50
        assert row["ms a picture"] < 1.25 * rows[0]["ms a picture"]


def saved_rows(name: str) -> list[dict]:
    """The rows of a result that the model card quotes."""
    kept = json.loads((BENCHMARKS / "results" / f"{name}.json").read_text(encoding="utf-8"))
    return kept["rows"]


def test_every_map_follows_a_stroke_within_50_milliseconds():
    rows = saved_rows("look_inside")
    assert len(rows) >= 5
    assert all(float(row["ms until the frame is shown"]) <= 50 for row in rows)


def test_training_in_the_page_keeps_within_what_was_meant():
    meant = {row["at most"]: row for row in saved_rows("train_in_page") if row["at most"]}
    assert {"60", "50", "100"} <= set(meant)
    assert all(float(row["found"]) <= float(most) for most, row in meant.items())


def test_very_many_drawings_in_one_call_stay_within_500_megabytes_on_more_than_one_core():
    rows = [row for row in saved_rows("streaming") if row["n"] == 100_000]
    assert {row["what"] for row in rows} == {"evaluate", "learn", "classify"}
    assert all(row["private MB"] <= 500 and row["cores busy"] >= 1.6 for row in rows)


def test_feeding_needs_no_more_memory_the_more_drawings_there_are():
    rows = saved_rows("feeding")
    assert {row["page cache"] for row in rows} == {"warm", "cold"}
    assert max(row["drawings"] for row in rows) == 10_000_000
    memory = [row["private MB"] for row in rows if row["drawings"] >= 100_000]
    assert max(memory) <= 400
    assert max(memory) <= 1.1 * min(memory)
    assert all(row["waiting, share of a step"] < 0.05 for row in rows)


def test_a_network_without_filters_is_refused():
    assert "at least 1" in refusal("channels.py", "--widths", "0")


@pytest.mark.long
def test_what_a_step_costs_is_told_against_the_shipped_number_of_filters():
    command = [sys.executable, BENCHMARKS / "channels.py", "--rounds", "1", "--widths", "2"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.strip("| ").split(" | ") for line in run.stdout.splitlines() if line[:1] == "|"]
    narrow, shipped = lines[2:]
    assert narrow[0] == "2"
    cost = qd.multiply_adds(qd.load_network("classifier")) / 1e6
    assert shipped[1:] == [f"{cost:.1f} million", "1.00", "1.00"]
    less_work = cost / float(narrow[1].split()[0])
    assert float(narrow[3]) == pytest.approx(float(narrow[2]) * less_work, rel=0.2)  # both rounded


@pytest.fixture(scope="module")
def tuning() -> dict:
    """What stands in the benchmark of the ways to categories of one's own."""
    with pytest.MonkeyPatch.context() as paths:
        paths.syspath_prepend(str(BENCHMARKS))
        return runpy.run_path(str(BENCHMARKS / "tuning.py"))


def test_no_way_is_scored_on_a_drawing_that_it_was_given(tuning, tmp_path):
    digits = tuning["digits"]()
    assert set(digits.given.counts.values()) == {tuning["GIVEN"]["ten digits"]}
    assert len(digits.given) + len(digits.unseen) == 1797
    sample = qd.load(tuning["FOUR"], source="sample")
    for name in tuning["FOUR"]:
        np.save(tmp_path / f"{name}.npy", sample.only(name).pixels[:50])
    with pytest.warns(UserWarning, match="not 300"):
        four = tuning["four"](tmp_path)
    given = {drawing.tobytes() for drawing in four.given.pixels}
    assert len(four.unseen) > 150
    assert not given & {drawing.tobytes() for drawing in four.unseen.pixels}


def test_chapter_7_learns_from_the_very_examples_that_the_ways_are_given(tuning):
    """In the same order too, since what is learned depends on it."""
    chapter = BENCHMARKS.parent / "book" / "7-your-own.ipynb"
    sources = ["".join(cell["source"]) for cell in json.loads(chapter.read_text("utf-8"))["cells"]]
    made = {"np": np, "qd": qd, "load_digits": load_digits, "resize": resize}
    (cell,) = (source for source in sources if "load_digits()" in source)
    exec(cell.split("first =")[0], made)  # noqa: S102 - the book's own cell
    (cell,) = (source for source in sources if "def examples(" in source)
    exec(cell[cell.index("def examples(") :].split("\n\n\n")[0], made)  # noqa: S102
    most = made["given"][made["examples"](tuning["GIVEN"]["ten digits"], draw=0)]
    digits = tuning["digits"]()
    for own, measured in ((most, digits.given), (made["unseen"], digits.unseen)):
        assert own.categories == measured.categories
        np.testing.assert_array_equal(own.labels, measured.labels)
        np.testing.assert_array_equal(own.pixels, measured.pixels)


def test_what_the_ways_reached_says_of_which_weights_and_how_to_measure_it_again():
    kept = qd.read_measured("tuning", BENCHMARKS / "results")
    assert kept["weights"] == qd.read_manifest()["weights"]["pipeline.onnx"]["sha256"]
    top1 = {(found["set"], found["way"]): found["top1"] for found in kept["reached"]}
    for of in ("four known categories", "ten digits"):
        assert (np.array(top1[of, "tuned"]) > top1[of, "from scratch"]).all()
