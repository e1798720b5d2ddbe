"""Promises of smaller graphs: how they are made, loaded, refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest

import qdtools as qd
from qdtools import settings
from qdtools.cli import main
from qdtools.manifests import GRAPH, PRECISIONS
from qdtools.quantization import scribbles


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The shipped weights with a graph of each smaller precision."""
    folder = tmp_path_factory.mktemp("smaller") / "small"
    assert main(["quantize", "--out", str(folder)]) == 0
    assert main(["quantize", "--models", str(folder), "--precision", "float16"]) == 0
    return folder


#: Ends itself, with nothing tidied up, when one of two files is in its place.
KILLED = """
import os, sys
from qdtools import quantization
put = quantization.write_whole
quantization.write_whole = lambda path, content: (
    os._exit(9) if (put(path, content), path.name)[1] != "pipeline.onnx" else None
)
quantization.quantize(precision="float16", out=sys.argv[1])
"""


def test_what_a_killed_quantization_left_is_gone_after_the_next(tmp_path):
    out = tmp_path / "mine"
    for _ in range(2):  # a second kill leaves no more than the first
        done = subprocess.run([sys.executable, "-c", KILLED, out], check=False)
        assert done.returncode == 9
        assert [path.name for path in tmp_path.iterdir()] == [".mine.saving"]
    assert list(tmp_path.rglob(GRAPH))  # half of it
    qd.quantize(precision="float16", out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert qd.Pipeline.load(out, precision="float16").precision == "float16"


def test_a_graph_that_did_not_become_smaller_is_said_not_to(tmp_path, capsys):
    for precision, said in (("float16", True), ("int8", False)):
        out = tmp_path / precision
        assert main(["quantize", "--precision", precision, "--out", str(out)]) == 0
        after, before = ((out / PRECISIONS[one]).stat().st_size for one in (precision, "float32"))
        assert (after >= before) == said  # or it promises nothing any more
        err = capsys.readouterr().err
        sizes = f"no smaller, {after:,} bytes against {before:,}"
        assert (sizes in err and "--precision int8" in err) if said else "smaller" not in err


@pytest.fixture
def copied(small, tmp_path):
    return shutil.copytree(small, tmp_path / "copied")


def test_the_graph_stays_and_a_smaller_one_answers_nearly_alike(small, drawings):
    assert (small / GRAPH).read_bytes() == (settings.book_models_dir() / GRAPH).read_bytes()
    assert (small / PRECISIONS["int8"]).stat().st_size < 0.75 * (small / GRAPH).stat().st_size
    assert not list(small.glob(".*"))
    noisy = qd.gaussian(drawings[::4].images, 0.5)
    clean, names = qd.Pipeline.load(small, qd.DEFAULT_CATEGORIES)(noisy)
    for precision, apart, kept in (("int8", 0.3, 0.96), ("float16", 0.01, 0.99)):
        pipeline = qd.Pipeline.load(small, qd.DEFAULT_CATEGORIES, precision)
        found, answers = pipeline(noisy)
        reached = [qd.psnr(drawings[::4].images, images) for images in (clean, found)]
        assert reached[0] - reached[1] < apart
        assert np.mean(names.argmax(axis=1) == answers.argmax(axis=1)) >= kept
        assert pipeline.precision == precision
        assert not np.array_equal(found, clean)
        features, wanted = (
            networks.features(noisy[:20], denoise=True, layers=4)
            for networks in (pipeline, qd.Pipeline.load(small))
        )
        assert features.dtype == np.float32
        for layer in zip(
            *(np.split(f, [256, 384, 416], axis=1) for f in (features, wanted)), strict=True
        ):
            assert np.corrcoef(*map(np.ravel, layer))[0, 1] > 0.95
        assert pipeline.background is not None
        assert pipeline.restrict(["cat", "fish"]).precision == precision


def test_no_sum_of_two_products_leaves_16_bits_on_any_processor(small):
    model = onnx.load(small / PRECISIONS["int8"])
    weights = [
        onnx.numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 4
    ]
    assert len(weights) > 20
    most = max(int(np.abs(one.astype(int)).max()) for one in weights)
    # Values between the layers have eight bits without a sign.
    assert 2 * 255 * most <= 2**15 - 1


def test_the_same_graph_is_made_again_and_no_drawing_is_needed(small, tmp_path, monkeypatch):
    monkeypatch.setenv("QD_SAMPLE_DIR", str(tmp_path / "none"))
    assert qd.quantize(out=tmp_path / "again") == tmp_path / "again"
    name = PRECISIONS["int8"]
    assert (tmp_path / "again" / name).read_bytes() == (small / name).read_bytes()


def test_scribbles_are_many_drawings_in_the_datas_look(drawings):
    images = scribbles(50)
    assert images.shape == (50, 28, 28, 1)
    assert len({image.tobytes() for image in images}) == 50
    assert 0.3 < images.mean() / drawings.images.mean() < 3
    assert np.array_equal(images, scribbles(50))


def test_the_command_line_answers_by_a_smaller_graph(small, drawings, tmp_path, capsys):
    noisy, clean = qd.make_queries(drawings.split()[2])
    paths = list(map(str, qd.write_queries(tmp_path / "queries", noisy)))
    options = ["--models", str(small), "--precision", "int8"]
    assert (
        main(["classify", *paths, *options, "--categories", "pineapple,cat,fish,cup,jacket"]) == 0
    )
    found = [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()]
    right = [clean.categories[label] for label in clean.labels]
    assert sum(map(str.__eq__, found, right)) >= 9
    assert main(["evaluate", *options, "--levels", "0.5", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert all(row["top1"] > 0.9 for row in rows if row["method"] == "pipeline")


def test_a_head_takes_a_smaller_graph_along(small, drawings, tmp_path, capsys):
    two = drawings.only(["cat", "cup"])
    head = tmp_path / "mine"
    qd.save_learned(qd.learn(two[::4], relearn=True), head)
    kept = (head / "head.json").read_bytes()
    assert main(["quantize", "--models", str(head), "--out", str(tmp_path / "new")]) == 0
    assert (
        main(["quantize", "--models", str(head / "head.json"), "--out", str(tmp_path / "one")]) == 0
    )
    assert not (head / "graph").exists()
    assert main(["quantize", "--models", str(head)]) == 0
    assert (head / "head.json").read_bytes() == kept
    answers = qd.Pipeline.load(head).classify(two.images[:20]).argmax(axis=1)
    for folder in (head, tmp_path / "new", tmp_path / "one"):
        assert qd.Pipeline.load(folder).names == ("cat", "cup")
        pipeline = qd.Pipeline.load(folder, precision="int8")
        assert np.mean(pipeline.classify(two.images[:20]).argmax(axis=1) == answers) >= 0.9
    with pytest.raises(qd.SettingError, match="load it in float32"):
        qd.save_learned(pipeline, tmp_path / "again")


def torn(folder):
    path = folder / PRECISIONS["int8"]
    path.write_bytes(path.read_bytes()[:1000])


def missing(folder):
    (folder / PRECISIONS["int8"]).unlink()


def of_another(folder):
    changed(folder, lambda weights: weights[GRAPH].update(sha256="0" * 64))


def no_graph(folder):
    (folder / PRECISIONS["int8"]).write_bytes(b"no graph")
    digest = hashlib.sha256(b"no graph").hexdigest()
    changed(folder, lambda weights: weights[PRECISIONS["int8"]].update(sha256=digest))


def unlisted(folder):
    changed(folder, lambda weights: weights.pop(PRECISIONS["int8"]))


def changed(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(manifest["weights"])
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (torn, "altered or torn"),
        (missing, "is missing"),
        (of_another, "made of another graph"),
        (no_graph, "is no ONNX graph"),
        (unlisted, "`qdtools quantize --models"),
    ],
)
def test_a_smaller_graph_that_cannot_be_used_is_one_sentence(copied, spoil, says, capsys, tmp_path):
    spoil(copied)
    picture = tmp_path / "any.png"
    qd.write_queries(tmp_path / "q", qd.make_queries(qd.load("cat", per_category=10))[0])
    picture = next((tmp_path / "q").glob("*.png"))
    code = main(["classify", str(picture), "--models", str(copied), "--precision", "int8"])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1
    if spoil is not of_another:
        qd.Pipeline.load(copied)  # the other graph answers still


def test_what_cannot_be_made_is_refused_and_leaves_nothing(copied, tmp_path, capsys, monkeypatch):
    before = {path.name: path.read_bytes() for path in copied.iterdir()}
    graph = (copied / GRAPH).read_bytes()
    (copied / GRAPH).write_bytes(graph[:-1])
    cases = [
        (["--models", str(copied)], "altered or torn"),
        ([], "--out"),
        (["--models", str(tmp_path / "none")], "no folder or file"),
        (["--out", str(copied)], "is there already"),
        (["--precision", "int4"], "choose from"),
    ]
    for arguments, says in cases:
        try:
            code = main(["quantize", *arguments])
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        assert (code, out) == (2, "")
        assert says in err
        assert len(err.strip().splitlines()) == 1
    (copied / GRAPH).write_bytes(graph)
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"copied"}
    with pytest.raises(qd.SettingError, match="There is no precision 'half'"):
        qd.Pipeline.load(copied, precision="half")
