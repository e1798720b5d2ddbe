"""Promises of a training run: killed, resumed, refused, told by its config, kept as it was scored."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tqdm import tqdm

import qdtools as qd
from qdtools import settings as places
from qdtools.background import BACKGROUND
from qdtools.cli import _parser
from qdtools.cli.training import config_of
from qdtools.drawings import collection, mapped, sources
from qdtools.drawings.categories import DEFAULT_CATEGORIES
from qdtools.training import course, stages
from qdtools.training import release as releasing
from qdtools.training._keras import keras
from qdtools.training.checkpoints import read_log, write_log
from qdtools.training.claims import check_out, claim
from qdtools.training.config import TrainingConfig, default_focus, trained_with
from qdtools.training.networks import (
    DENOISERS,
    build_autoencoder,
    classifier_for,
    denoiser_for,
)
from qdtools.training.release import release, score
from qdtools.training.stages import Run, train_denoiser, train_jointly, train_pipeline
from qdtools.training.start import start_from_shipped

#: Tracing Keras costs a third more; the command line's training runs the same lines under coverage.
pytestmark = pytest.mark.no_cover

SMALL = TrainingConfig(
    start="scratch",
    denoiser="autoencoder",
    denoiser_width=8,
    classifier_width=4,
    denoiser_epochs=2,
    classifier_epochs=2,
    joint_epochs=2,
    batch_size=32,
)


class Killed(Exception):
    """Stands for a kill."""


def killed(*_, **__):
    raise Killed


@pytest.fixture(scope="module")
def whole(tmp_path_factory, drawings):
    """A training from scratch that nothing disturbed: its folder, its networks, its test drawings."""
    folder = tmp_path_factory.mktemp("whole")
    trained, _, test = train_pipeline(drawings[::8], folder, SMALL, echo=quiet)
    return folder, trained, test


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(
    tmp_path, drawings, whole, monkeypatch
):
    few = drawings[::8]
    folder, trained, test = whole

    # In the middle of an epoch, and when its weights are written but its row is not.
    for owner, name in ((tqdm, "update"), (course, "write_log")):
        with monkeypatch.context() as moment:
            moment.setattr(owner, name, killed)
            with pytest.raises(Killed):
                train_pipeline(few, tmp_path, SMALL, echo=quiet)
    for kill_at in ("classifier: epoch 1", "joint: epoch 1"):

        def die(line, kill_at=kill_at):
            if line.startswith(kill_at):
                raise Killed

        with pytest.raises(Killed):
            train_pipeline(few, tmp_path, SMALL, echo=die)
    # What a kill leaves that comes while a file is written.
    torn = [tmp_path / name for name in ("part.keras", "joint.csv.part")]
    for path in torn:
        path.write_bytes(b"torn")
    resumed, _, _ = train_pipeline(few, tmp_path, SMALL, echo=quiet)
    assert not any(path.exists() for path in torn)

    assert list(trained) == list(resumed) == ["apart", "joint"]
    for stage in trained:
        for a, b in zip(trained[stage], resumed[stage], strict=True):
            for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
                np.testing.assert_allclose(x, y, atol=2e-3)
    # The best epoch may come before the kill; the log tells of those after it, too.
    for stage in ("denoiser", "classifier", "joint"):
        one, other = (
            np.genfromtxt(kept / f"{stage}.csv", delimiter=",", skip_header=1)
            for kept in (folder, tmp_path)
        )
        assert len(one) == 2
        may_differ = [1, -1]  # the seconds, and the hash of the checkpoint, which is no number
        np.testing.assert_allclose(
            np.delete(one, may_differ, axis=1), np.delete(other, may_differ, axis=1), rtol=3e-4
        )
    noisy = qd.gaussian(test.images, 0.5)
    denoised, expected = (stages["joint"][0](noisy) for stages in (resumed, trained))
    np.testing.assert_allclose(denoised, expected, atol=1e-2)


@pytest.mark.long
def test_the_manifests_command_gives_the_same_weights_bit_for_bit_whatever_the_storage(
    tmp_path, drawings, monkeypatch
):
    program, *words = shlex.split(qd.read_manifest()["command"])
    assert program == "qdtools"
    # All that the command says but how long, and how many filters.
    short = ["--denoiser-epochs", "1", "--classifier-epochs", "1", "--joint-epochs", "1"]
    short += ["--denoiser-width", "8", "--classifier-width", "4", "--batch-size", "32"]
    config = config_of(_parser().parse_args([*words, *short]))
    few, folder = drawings[::8], tmp_path / "drawings"
    folder.mkdir()
    for name in few.categories:
        np.save(folder / f"{name}.npy", few.only([name]).pixels.reshape(-1, 784))
    trained = []
    for bound in (collection.IN_MEMORY, 50):
        for module in (collection, mapped, sources):
            monkeypatch.setattr(module, "IN_MEMORY", bound)
        stored = qd.load(few.categories, source=folder)
        assert isinstance(stored.pixels, mapped.Mapped) == (bound < len(few))
        kept = tmp_path / str(bound)
        trained.append(train_pipeline(stored, kept, config, echo=quiet)[0])
    for stage in ("apart", "joint"):
        for one, other in zip(*(networks[stage] for networks in trained), strict=True):
            for x, y in zip(one.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(x, y)


def test_training_stops_where_validation_no_longer_improves(tmp_path, drawings):
    # At this rate every epoch is worse than the first.
    hot = replace(SMALL, denoiser_epochs=9, denoiser_rate=30.0, patience=1)
    training, validation, _ = drawings[::8].split()
    lines = []
    train_denoiser(Run(training, validation, hot, tmp_path, lines.append))
    assert "stopped after" in lines[-1]
    assert len(lines) < 10
    assert len(list(tmp_path.glob("denoiser.*.keras"))) <= 2


def quiet(line: str) -> None:
    """Say nothing of an epoch."""


def one_epoch(folder, drawings, loss=stages.logarithmic_error, **settings):
    training, validation, _ = drawings[::8].split()
    config = replace(SMALL, denoiser_width=4, **{"denoiser_epochs": 1} | settings)
    return train_denoiser(Run(training, validation, config, folder, quiet, loss))


def test_weights_whose_validation_loss_is_no_number_are_never_the_best(tmp_path, drawings):
    first = one_epoch(tmp_path, drawings)
    log = tmp_path / "denoiser.csv"
    head, row = log.read_text().split()
    loss = row.split(",")[head.split(",").index("val_loss")]
    log.write_text(f"{head}\n{row}\n{row.replace(loss, 'nan').replace('1', '2', 1)}\n")
    (tmp_path / "denoiser.2.keras").write_bytes(b"diverged")
    with pytest.raises(qd.SettingError, match=r"denoiser\.2\.keras' is missing or torn"):
        one_epoch(tmp_path, drawings, denoiser_epochs=3)
    shutil.copy(tmp_path / "denoiser.1.keras", tmp_path / "denoiser.2.keras")
    (tmp_path / "denoiser.1.keras").replace(tmp_path / "kept")
    with pytest.raises(qd.SettingError, match=r"denoiser\.1\.keras' is missing or torn"):
        one_epoch(tmp_path, drawings, denoiser_epochs=2)
    (tmp_path / "kept").replace(tmp_path / "denoiser.1.keras")
    whole = (tmp_path / "denoiser.1.keras").read_bytes()
    for place in (0, 10, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        (tmp_path / "denoiser.1.keras").write_bytes(flipped)
        with pytest.raises(qd.SettingError, match=r"denoiser\.1\.keras' is missing or torn"):
            one_epoch(tmp_path, drawings, denoiser_epochs=2)
    (tmp_path / "denoiser.1.keras").write_bytes(whole)
    best = one_epoch(tmp_path, drawings, denoiser_epochs=2)
    for a, b in zip(first.get_weights(), best.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_never_gets_a_finite_loss_is_refused(tmp_path, drawings):
    with pytest.raises(qd.SettingError, match=r"finite validation loss.*lower"):
        one_epoch(tmp_path, drawings, loss=lambda clean, denoised: denoised * np.nan)


HEAD = "epoch,cpu_seconds,loss,val_loss"


@pytest.mark.parametrize(
    "log",
    [
        b"epoch,loss\n1,2\n",
        b"epoch,loss,val_loss\n1,2,3\n",  # which scoring would miss after all of the training
        f"{HEAD}\n2,1,1,1\n".encode(),
        f"{HEAD}\n1,1,1\n".encode(),
        f"{HEAD}\n1,1,1,1,1\n".encode(),
        f"{HEAD}\n1,one,1,1\n".encode(),
        f"{HEAD}\n1,1,1,\xff\n".encode("latin-1"),
        f"{HEAD}\n1,1,1,\0\n".encode(),
        f'{HEAD}\n1,1,1,"1\n'.encode(),
    ],
)
def test_a_torn_log_is_refused(tmp_path, log):
    (tmp_path / "denoiser.csv").write_bytes(log)
    with pytest.raises(qd.SettingError, match=r"denoiser\.csv' is torn; delete its folder"):
        read_log(tmp_path / "denoiser.csv")


def test_a_log_of_an_earlier_version_without_hashes_is_read(tmp_path):
    log = tmp_path / "denoiser.csv"
    log.write_text(f"{HEAD},mse\n1,1,1,1,1\n")
    rows = read_log(log)
    write_log(log, [*rows, rows[0] | {"epoch": 2, "sha256": "ab"}])
    assert [row["sha256"] for row in read_log(log)] == ["", "ab"]


def test_a_training_by_a_loss_of_ones_own_goes_on_too(tmp_path, drawings):
    def squared(clean, denoised):
        return keras.ops.square(clean - denoised)

    one_epoch(tmp_path, drawings, loss=squared)
    one_epoch(tmp_path, drawings, loss=squared, denoiser_epochs=2)
    assert len((tmp_path / "denoiser.csv").read_text().splitlines()) == 3


def test_too_few_drawings_to_measure_on_are_refused_before_anything_is_kept(tmp_path, drawings):
    few = drawings[::20]  # five each
    mine = replace(few, categories=tuple(f"my {name}" for name in few.categories))
    for config in (SMALL, TrainingConfig()):
        for given, way_out in (
            (few, "`qdtools classify`"),
            (mine, "`qdtools learn DIR --out DIR`"),
        ):
            with pytest.raises(qd.DataError, match=rf"load at least 20, or .*{way_out}"):
                train_pipeline(given, tmp_path / "run", config)
        for given, way_out in (
            (few, "`qdtools classify`"),
            (mine, "`qdtools learn DIR --known all"),
        ):
            one = given.only([given.categories[3]])
            with pytest.raises(qd.DataError, match=rf"cup' only.*{way_out}"):
                train_pipeline(one, tmp_path / "run", config)
    assert list(tmp_path.iterdir()) == []


def test_weights_are_not_put_where_learned_names_would_be_taken_in_their_place(tmp_path, drawings):
    (tmp_path / "head.json").write_text("{}")
    with pytest.raises(qd.SettingError, match=r"holds learned names \(head.json\)"):
        release(drawings, tmp_path, SMALL, "qdtools train")
    assert [path.name for path in tmp_path.iterdir()] == ["head.json"]


@pytest.mark.parametrize(
    "other", [{"denoiser": "autoencoder"}, {"denoiser_width": 8}, {"classifier_width": 17}]
)
def test_tuning_other_layers_than_the_shipped_ones_is_refused_before_anything_is_kept(
    tmp_path, drawings, other
):
    with pytest.raises(qd.SettingError, match=r"shipped networks.*`--from scratch`"):
        train_pipeline(drawings, tmp_path / "run", TrainingConfig(**other))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("altered", [b"torn", None], ids=["torn", "missing"])
@pytest.mark.parametrize("name", ["denoiser", "classifier"])
def test_shipped_networks_that_are_not_whole_are_refused_before_anything_is_kept(
    tmp_path, drawings, monkeypatch, name, altered
):
    shipped = shutil.copytree(places.book_models_dir(), tmp_path / "shipped")
    monkeypatch.setattr(places, "_SHIPPED", shipped)
    (shipped / f"{name}.keras").unlink()
    if altered:
        (shipped / f"{name}.keras").write_bytes(altered)
    with pytest.raises(
        qd.ModelError, match=rf"{name}\.keras'.*train from scratch \(`--from scratch`"
    ):
        train_pipeline(drawings, tmp_path / "run", TrainingConfig())
    assert not (tmp_path / "run").exists()


def test_checkpoints_of_another_run_are_refused(tmp_path, drawings):
    (tmp_path / "run.json").write_text(json.dumps({"config": {}, "drawings": {}}))
    with pytest.raises(qd.SettingError, match="another run"):
        train_pipeline(drawings, tmp_path, SMALL)


def test_checkpoints_of_other_drawings_are_refused_though_they_be_as_many(tmp_path, drawings):
    few = drawings[::8]
    claim(tmp_path, SMALL, few)
    mirrored = replace(few, pixels=few.pixels[..., ::-1])
    with pytest.raises(qd.SettingError, match="another run"):
        train_pipeline(mirrored, tmp_path, SMALL)


@pytest.mark.parametrize(
    "torn", [b"\xff\xfe", b"[]", b"{", b'{"config": 3}', b"[" * 100_000, b"\x00"]
)
def test_a_torn_note_of_a_run_is_one_of_another(tmp_path, drawings, torn):
    (tmp_path / "run.json").write_bytes(torn)
    with pytest.raises(qd.SettingError, match="another run; delete it or name another folder"):
        claim(tmp_path, SMALL, drawings[:3])


def test_the_note_of_an_earlier_version_is_its_runs_own(tmp_path, drawings):
    few = drawings[:3]
    claim(tmp_path, SMALL, few)
    note = tmp_path / "run.json"
    noted = json.loads(note.read_text())
    for later in ("start", "tuning_epochs", "tuning_batch_size", "tuning_rate"):
        del noted["config"][later]
    note.write_text(json.dumps(noted))
    claim(tmp_path, SMALL, few)
    with pytest.raises(qd.SettingError, match="another run"):
        claim(tmp_path, replace(SMALL, start="shipped"), few)


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30, 1.5, "x", True])
def test_a_config_of_no_seed_is_refused(seed):
    with pytest.raises(qd.SettingError, match="seed"):
        TrainingConfig(seed=seed)


@pytest.mark.parametrize(
    "settings",
    [
        {"denoiser_epochs": 0},
        {"classifier_epochs": 0},
        {"batch_size": 0},
        {"denoiser_width": 0},
        {"classifier_width": -1},
        {"joint_epochs": -1},
        {"patience": -1},
        {"denoiser_rate": 0.0},
        {"joint_rate": float("nan")},
        {"joint_rate": float("inf")},
        {"denoiser_epochs": 2.5},
        {"classifier_epochs": 10**18},
        {"tuning_epochs": 0},
        {"tuning_rate": "fast"},
        {"batch_size": 2**40},
        {"joint_epochs": True},
        {"start": 3},
        {"start": "nowhere"},
        {"denoiser": None},
        {"views": ["clean"]},
        {"focus": (1, 2)},
        {"favour": -1.0},
        {"validation": 0.0},
        {"test": -0.1},
    ],
)
def test_a_config_that_trains_nothing_is_refused(settings):
    (field,) = settings
    with pytest.raises(qd.SettingError, match=field):
        TrainingConfig(**settings)


@pytest.mark.parametrize("views", [(), ("clean", "nosy")])
def test_views_that_do_not_exist_are_refused(views):
    with pytest.raises(qd.SettingError, match="clean, noisy, denoised"):
        TrainingConfig(views=views)


def test_a_config_is_read_again_from_the_manifest_that_holds_it():
    config = replace(SMALL, focus=("owl", "dog"), views=("clean",), denoiser="autoencoder")
    manifest = json.loads(json.dumps({"config": vars(config)}))
    assert trained_with(manifest) == config
    del manifest["config"]["start"]  # as before there was another
    assert trained_with(manifest) == config
    for torn in ({}, {"config": {"dream": 1}}, {"config": {"views": [], "focus": None}}):
        with pytest.raises(qd.ModelError, match="does not say how its weights were trained"):
            trained_with(torn)


@pytest.mark.parametrize(
    ("settings", "known"),
    [({"denoiser": "vnet"}, "unet, autoencoder"), ({"classifier": "rnn"}, "cnn")],
)
def test_an_unknown_architecture_is_refused_before_anything_is_kept(
    tmp_path, drawings, settings, known
):
    with pytest.raises(qd.SettingError, match=f"choose among {known}"):
        train_pipeline(drawings, tmp_path / "run", replace(SMALL, **settings))
    assert list(tmp_path.iterdir()) == []


def test_a_category_in_focus_that_has_no_drawings_is_refused_before_anything_is_kept(
    tmp_path, drawings
):
    for train in (
        lambda config: train_pipeline(drawings, tmp_path / "run", config),
        lambda config: release(drawings, tmp_path / "out", config, "a test"),
    ):
        with pytest.raises(qd.DataError, match="no category 'owl'"):
            train(replace(SMALL, focus=("cat", "owl")))
    assert list(tmp_path.iterdir()) == []


def test_a_focus_of_one_category_is_refused_since_it_leaves_no_choice():
    with pytest.raises(qd.SettingError, match="'cat' is in focus"):
        TrainingConfig(focus=("cat",))


def test_by_default_those_of_the_readers_categories_are_in_focus_that_there_are(monkeypatch):
    assert default_focus(qd.ALL_CATEGORIES) == DEFAULT_CATEGORIES
    assert default_focus(["cat", "dog", "fish"]) == ("cat", "fish")
    assert default_focus(["cat", "owl", "dog"]) == ()  # one is no choice
    monkeypatch.setenv("QD_CATEGORIES", "Coffee_Cup, owl, kat, dog")
    assert default_focus(qd.ALL_CATEGORIES) == ("coffee cup", "owl", "dog")


#: As small as networks get, so that a whole run takes seconds.
TINY = replace(
    SMALL,
    denoiser_width=4,
    classifier_width=2,
    denoiser_epochs=1,
    classifier_epochs=1,
    joint_epochs=1,
)


def test_a_joint_stage_tunes_the_very_architecture_that_was_trained_apart(whole):
    _, trained, test = whole
    layers = [type(layer) for layer in build_autoencoder(8).layers]
    for denoiser, classifier in trained.values():
        assert [type(layer) for layer in denoiser.layers] == layers
        assert denoiser.layers[1].filters == 8
        assert classifier.layers[1].filters == 4
    (apart, _), (joint, _) = trained["apart"], trained["joint"]
    noisy = qd.gaussian(test.images, 0.5)
    assert np.abs(apart(noisy) - joint(noisy)).max() > 1e-4


@pytest.mark.parametrize(
    "other", [{"denoiser_width": 6}, {"denoiser": "unet"}, {"focus": ("cat", "cup")}]
)
def test_checkpoints_of_another_architecture_or_focus_are_refused(tmp_path, drawings, other):
    few = drawings[::8]
    claim(tmp_path, TINY, few)
    with pytest.raises(qd.SettingError, match="another run"):
        train_pipeline(few, tmp_path, replace(TINY, **other))


def test_no_focus_is_the_same_as_all_in_focus(drawings):
    few = drawings[::8]
    seen = []
    for focus in ((), few.categories):
        assert stages._repeated(few, focus, 2) is few
        targets = stages._Targets(few, focus, 3.0)
        logits = np.arange(2 * len(few.categories), dtype=np.float32).reshape(2, -1)
        served = [*targets(few.labels), targets.outputs(logits)]
        seen.append([np.asarray(values) for table in served for values in table.values()])
    for one, other in zip(*seen, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_loss_of_ones_own_is_what_the_joint_stage_learns_by_too(tmp_path, drawings):
    few = drawings[::8]
    n_categories = len(few.categories)
    networks = (
        denoiser_for(TINY),
        classifier_for(TINY, n_categories, keras.layers.BatchNormalization),
    )

    def weighed(clean, denoised):
        return 1000 + keras.ops.mean(keras.ops.square(clean - denoised), axis=(1, 2, 3))

    for epochs in (1, 2):  # the second goes on from the first
        config = replace(TINY, joint_epochs=epochs)
        train_jointly(Run(few, few[::4], config, tmp_path, quiet, weighed), *networks)
    head, *rows = (tmp_path / "joint.csv").read_text().split()
    assert len(rows) == 2
    assert all(float(row.split(",")[head.split(",").index("loss")]) > 1000 for row in rows)


def test_denoised_views_without_a_denoiser_are_refused(tmp_path, drawings):
    with pytest.raises(qd.SettingError, match="give a trained denoiser"):
        stages.train_classifier(Run(drawings, drawings[:5], TINY, tmp_path))
    assert list(tmp_path.iterdir()) == []


#: Of two names that the shipped weights know and one that they do not, enough to hold two of each out.
FEW_OF_EACH = 24


@pytest.fixture(scope="module")
def mixed(drawings):
    """Cats and cups as they are, fish upside down and under a name of nobody's."""
    few = drawings.only(["cat", "fish", "cup"])
    few = few[np.concatenate([np.flatnonzero(few.labels == k)[:FEW_OF_EACH] for k in range(3)])]
    pixels = np.where((few.labels == 1)[:, None, None], few.pixels[:, ::-1], few.pixels)
    return replace(few, pixels=pixels, categories=("cat", "thing of mine", "cup"))


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, mixed):
    """A tuning that ran undisturbed: its folder, what it told, what a second one was told meanwhile."""
    folder = tmp_path_factory.mktemp("tuned")
    told, refused = [], []

    def meanwhile(line):
        told.append(line)
        for out, checkpoints in (("out", "other"), ("other", "kept")):
            try:
                release(mixed, folder / out, TUNED, "a test", folder / checkpoints, quiet)
            except qd.SettingError as error:
                refused.append(str(error))

    release(mixed, folder / "out", TUNED, "a test", folder / "kept", meanwhile, told.append)
    return folder, told, refused


TUNED = TrainingConfig(tuning_epochs=2, tuning_batch_size=32, validation=0.1, test=0.1)


def test_a_second_training_into_a_folder_is_refused_while_the_first_is_at_work(tuned):
    folder, _, refused = tuned
    assert len(refused) == 2 * TUNED.tuning_epochs
    assert all(str(folder / "out") in said for said in refused[::2])
    assert all(str(folder / "kept") in said for said in refused[1::2])
    assert all("another folder" in said for said in refused)
    assert {path.name for path in folder.iterdir()} == {"out", "kept"}
    names = {"manifest.json", "pipeline.onnx", "denoiser.keras", "classifier.keras", BACKGROUND}
    assert {path.name for path in (folder / "out").iterdir()} == names
    left = {path.name for path in (folder / "kept").iterdir()}
    assert left <= {"run.json", "tuning.csv", "tuning.1.keras", "tuning.2.keras"}


def test_new_names_join_those_that_a_training_taught(tuned, mixed):
    """The weights know what their names' drawings are like, so that others can be told from them."""
    folder, _, _ = tuned
    pipeline = qd.Pipeline.load(folder / "out")
    assert pipeline.background.means.shape[0] == len(mixed.categories)
    owls = qd.load("owl", source="sample")[:8]
    with pytest.warns(UserWarning, match="too few"):
        joined = qd.learn(owls, known="all", models=folder / "out")
    assert joined.categories == ("owl", *mixed.categories)
    assert (joined.classify(owls.images).argmax(axis=1) == 0).mean() >= 0.75
    assert (joined.classify(mixed.images).argmax(axis=1) == 0).mean() <= 0.25


def test_a_tuning_says_what_it_started_from_and_what_it_bought(tuned, mixed):
    folder, told, _ = tuned
    manifest = qd.read_manifest(folder / "out")
    assert manifest["categories"] == list(mixed.categories)
    assert trained_with(manifest) == TUNED
    assert manifest["origin"]["weights"] == qd.read_manifest()["weights"]
    surprises = manifest["chosen"]["validation_cross_entropy"]
    assert list(surprises) == ["start", "between", "tuned"]
    assert surprises[manifest["chosen"]["stage"]] == min(surprises.values())
    assert [row["stage"] for row in manifest["curves"]] == ["tuning"] * 2
    # A name is new, so nothing is said of those that need no training.
    assert [line.split(":")[0] for line in told[:2]] == ["tuning", "tuning"]
    assert len(told) == 3
    n = manifest["split"]["test"]
    assert f"of {n} held-out drawings right" in told[2]
    percents = " / ".join(f"{100 * share:.1f}" for share in manifest["origin"]["top1"]["start"])
    assert percents in told[2]
    rows = [row for row in manifest["scores"][0]["rows"] if row["level"] in releasing.TOLD]
    wanted = [
        r["top1"] for r in rows if r["method"] == ("pipeline" if r["level"] else "classifier")
    ]
    assert manifest["origin"]["top1"][manifest["chosen"]["stage"]] == wanted


def test_what_tuned_weights_went_through_is_counted_from_their_first_epoch_on(
    tuned, mixed, monkeypatch
):
    """A chapter says of how many drawings and epochs they come, and that they may have met its own."""
    folder, _, _ = tuned
    shipped, manifest = qd.read_manifest(), qd.read_manifest(folder / "out")
    before = Counter(row["stage"] for row in shipped["curves"])
    assert before.keys() == {"denoiser", "classifier", "joint"}
    assert qd.trained_epochs(shipped) == before | {"tuning": 0}
    tuning = {"start": 0}.get(manifest["chosen"]["stage"], TUNED.tuning_epochs)
    assert qd.trained_epochs(manifest) == before | {"tuning": tuning}
    for stage, epochs in (("start", 0), ("between", 2), ("tuned", 2)):
        chosen = manifest | {"chosen": {"stage": stage}}
        assert qd.trained_epochs(chosen) == before | {"tuning": epochs}
    apart = shipped | {"chosen": {"stage": "apart"}}
    assert qd.trained_epochs(apart) == before | {"joint": 0, "tuning": 0}
    first = f"{shipped['split']['training']:,} drawings of {len(shipped['categories'])} names"
    known = qd.pipeline_for(qd.load(["cat", "owl"], source="sample")[:20])
    assert qd.learned_from(known) == first
    assert not qd.may_have_met(known)
    monkeypatch.setenv("QD_MODELS_DIR", str(folder / "out"))
    pipeline = qd.pipeline_for(mixed)
    own = f"{manifest['split']['training']} drawings of {len(mixed.categories)} names"
    assert qd.learned_from(pipeline) == f"{first} as the networks that ship, then from {own}"
    assert qd.may_have_met(pipeline)
    assert qd.learned_from(qd.book_pipeline(["cat", "owl"])) == first
    # A last step learned anew has met nothing that is tested on.
    assert not qd.may_have_met(qd.pipeline_for(qd.load(["cat", "owl"], source="sample")[:20]))


def test_weights_trained_on_the_spot_take_the_place_of_those_that_are_of_no_use(
    tmp_path, monkeypatch, tuned, mixed
):
    """The training itself takes minutes and is as `release` does it: here it puts weights that are there."""
    folder, _, _ = tuned
    monkeypatch.setenv("QD_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("QD_MODELS_DIR", str(tmp_path / "nothing"))
    own = tmp_path / "own-models"
    shutil.copytree(folder / "out", own)
    manifest = json.loads((own / "manifest.json").read_text(encoding="utf-8"))
    manifest["categories"].pop()
    (own / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(qd.ModelError):
        qd.Pipeline.load(own)

    def put(drawings, out, config, **_):
        check_out(out, config, drawings)
        shutil.copytree(folder / "out", out)

    monkeypatch.setattr(releasing, "release", put)
    pipeline = qd.shipped_pipeline()
    assert pipeline.trained_on == mixed.categories
    assert f"drawings of {len(mixed.categories)} names" in qd.learned_from(pipeline)


def test_a_killed_tuning_goes_on_and_ends_with_the_same_weights(tmp_path, tuned, mixed):
    folder, _, _ = tuned
    kept = tmp_path / "kept"

    def die(line):
        raise Killed

    with pytest.raises(Killed):
        train_pipeline(mixed, kept, TUNED, echo=die)
    # What kills at other moments leave behind.
    for leftover in ("part.keras", "tuning.csv.part", "run.json.part", ".lock"):
        (kept / leftover).write_bytes(b"torn")
    trained, _, _ = train_pipeline(mixed, kept, TUNED, echo=quiet)
    chosen = qd.read_manifest(folder / "out")["chosen"]["stage"]
    for name, resumed in zip(("denoiser", "classifier"), trained[chosen], strict=True):
        undisturbed = qd.load_network(name, folder / "out")
        for x, y in zip(undisturbed.get_weights(), resumed.get_weights(), strict=True):
            np.testing.assert_allclose(x, y, atol=1e-3)
    assert {path.name for path in kept.iterdir()} == {
        path.name for path in (folder / "kept").iterdir()
    }
    with pytest.raises(qd.SettingError, match="another run"):  # other networks to start from
        claim(kept, TUNED, mixed, origin="ab cd")


def test_a_known_name_starts_with_its_row_and_a_new_one_with_what_names_it(mixed):
    denoiser, classifier = start_from_shipped(mixed.only(["cup", "cat"]), TrainingConfig())
    shipped = qd.load_network("classifier")
    names = qd.read_manifest()["categories"]
    columns = [names.index("cup"), names.index("cat")]
    for mine, theirs in zip(classifier.get_weights(), shipped.get_weights(), strict=True):
        same = mine.shape == theirs.shape
        np.testing.assert_array_equal(mine, theirs if same else theirs[..., columns])
    for mine, theirs in zip(
        denoiser.get_weights(), qd.load_network("denoiser").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)
    _, classifier = start_from_shipped(mixed, TrainingConfig())
    right = np.asarray(classifier(mixed.images)).argmax(axis=1) == mixed.labels
    assert all(right[mixed.labels == k].mean() > 0.9 for k in range(3))


@pytest.fixture(scope="module")
def strangers():
    """Drawings none of which is of the demo's categories."""
    return qd.load(["owl", "dog", "bear"], source="sample")


@pytest.fixture(scope="module")
def released(tmp_path_factory, strangers):
    """A release of a denoiser that is one function, with a focus: its folder, what was scored."""

    def blur(width: int) -> keras.Model:
        noisy = keras.Input((28, 28, 1))
        inner = keras.layers.Conv2D(width, 5, padding="same", activation="relu")(noisy)
        denoised = keras.layers.Conv2D(1, 1, activation="sigmoid", dtype="float32")(inner)
        return keras.Model(noisy, denoised, name="denoiser")

    scored, evaluate = [], releasing.evaluate

    def noted(pipeline, drawings, *arguments, **options):
        scored.append((hashlib.sha256(pipeline.graph).hexdigest(), drawings.categories))
        return evaluate(pipeline, drawings, *arguments, **options)

    out = tmp_path_factory.mktemp("released") / "out"
    config = replace(TINY, denoiser="blur", focus=("Dog", "owl"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(releasing, "evaluate", noted)
        patched.setitem(DENOISERS, "blur", blur)
        release(strangers, out, config, "a test", echo=quiet)
    return out, scored


def test_a_new_denoiser_is_one_function_and_its_name(released, drawings):
    out, _ = released
    assert qd.Pipeline.load(out).denoise(drawings.images[:2]).shape == (2, 28, 28, 1)
    assert qd.load_network("denoiser", out).layers[1].kernel.shape == (5, 5, 1, 4)


def test_a_readers_own_categories_in_focus_are_scored_first(released):
    out, scored = released
    manifest = qd.read_manifest(out)
    assert manifest["config"]["focus"] == ["dog", "owl"]
    assert [s["categories"] for s in manifest["scores"]] == [["dog", "owl"], ["owl", "dog", "bear"]]
    # The last two were the scores for the manifest: of the very graph that was saved.
    content = (out / "pipeline.onnx").read_bytes()
    saved = hashlib.sha256(content).hexdigest()
    assert manifest["weights"]["pipeline.onnx"]["sha256"] == saved
    assert scored[-2:] == [(saved, ("dog", "owl")), (saved, ("owl", "dog", "bear"))]


def test_without_a_focus_or_with_all_in_it_there_is_one_score(strangers):
    pipeline = qd.Pipeline.load()
    few = strangers[::20]
    for focus in ((), few.categories):
        (only,) = score(pipeline, few, focus=focus)
        assert only["categories"] == list(few.categories)
