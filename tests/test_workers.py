"""Promises of a training by several workers: one loss curve, killed or not, alone or apart."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

import qdtools as qd
from qdtools.cli import main
from qdtools.training import stages
from qdtools.training._keras import keras
from qdtools.training._keras import tensorflow as tf
from qdtools.training.batches import VALIDATION_EPOCH, augmented, batches_by_epoch
from qdtools.training.checkpoints import read_log, read_state, write_state
from qdtools.training.cluster import AGAIN, Place, facts, free_ports, meet, supervise
from qdtools.training.config import TrainingConfig
from qdtools.training.distributed import Shared, Team
from qdtools.training.rows import Rows
from qdtools.training.stages import Run, train_denoiser, train_pipeline

if TYPE_CHECKING:
    from pathlib import Path


TINY = TrainingConfig(
    start="scratch",
    denoiser="autoencoder",
    denoiser_width=4,
    classifier_width=4,
    denoiser_epochs=2,
    classifier_epochs=2,
    joint_epochs=2,
    batch_size=32,
)
#: How far losses of the same epoch may lie apart, of one process and of several: they are sums of
#: float32 in another order. Adam's first steps go by the sign of a gradient, so what was 1e-7 grows step by
#: step where batches of 32 are normalised, to 0.01 after thirty steps.
TOLERANCE = {"denoiser": 1e-4, "classifier": 2e-2, "joint": 2e-2}
#: How far those of a step by several workers may lie from one worker's: sums over rows are taken in double
#: precision, so that what is left to round differently is little.
OF_A_STEP = 2e-3
#: How far those of each of the first steps may, before it has grown.
FIRST = 1e-4
#: What threads may change of a normal number, by where they part the batch.
LAST_DIGIT = 1e-6


def quiet(line: str) -> None:
    """Say nothing of an epoch."""


def curves(folder: Path) -> dict[str, list[float]]:
    """The losses of every epoch of every stage."""
    return {
        f"{stage} {key}": [float(row[key]) for row in read_log(folder / f"{stage}.csv")]
        for stage in ("denoiser", "classifier", "joint")
        for key in ("loss", "val_loss")
    }


def assert_alike(one: dict[str, list[float]], other: dict[str, list[float]]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert one[name]
        near = TOLERANCE[name.split()[0]]
        assert one[name] == pytest.approx(other[name], abs=near), name


# ---- batch normalisation over all workers' rows ---

#: Normalises two channels on two replicas of 20 and 12 rows, prints what numpy needs to compare.
TWO_REPLICAS = """
import sys
import numpy as np, tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from qdtools.training.distributed import normalize

given = np.load(sys.argv[1])
parts = {name: (given[name][:20], given[name][20:]) for name in ("inputs", "weights")}
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

@tf.function
def run():
    def own():
        is_first = tf.equal(tf.distribute.get_replica_context().replica_id_in_sync_group, 0)
        inputs, weights = (
            tf.ensure_shape(tf.cond(is_first, lambda: tf.constant(one), lambda: tf.constant(other)),
                            [None, *one.shape[1:]])
            for one, other in parts.values()
        )
        gamma, beta = tf.constant(given["gamma"]), tf.constant(given["beta"])
        with tf.GradientTape() as tape:
            tape.watch([inputs, gamma, beta])
            outputs, mean, variance, count = normalize(inputs, gamma, beta, 1e-3)
            loss = tf.reduce_sum(weights * tf.sin(outputs))
        return [outputs, mean, variance, count, *tape.gradient(loss, [inputs, gamma, beta])]
    return strategy.run(own)

both = [[np.asarray(x) for x in strategy.experimental_local_results(one)] for one in run()]
outputs, mean, variance, count, slopes, of_gamma, of_beta = both
np.savez(sys.argv[1], outputs=np.concatenate(outputs), slopes=np.concatenate(slopes),
         of_gamma=sum(of_gamma), of_beta=sum(of_beta), mean=mean[1], variance=variance[0],
         count=count[1])
"""


@pytest.fixture(scope="module")
def normalised(tmp_path_factory):
    """What two replicas make of 32 rows, beside what is right, in double precision."""
    random = np.random.default_rng(0)
    inputs = (random.normal(size=(32, 7, 7, 3)) * [0.1, 1, 3] + [0, 3, -5]).astype(np.float32)
    weights = random.normal(size=inputs.shape).astype(np.float32)
    gamma, beta = random.normal(size=(2, 3)).astype(np.float32)
    file = tmp_path_factory.mktemp("normalised") / "arrays.npz"
    np.savez(file, inputs=inputs, weights=weights, gamma=gamma, beta=beta)
    subprocess.run([sys.executable, "-c", TWO_REPLICAS, file], check=True, capture_output=True)
    exact = inputs.astype(float)
    count = inputs[..., 0].size
    mean, variance = exact.mean((0, 1, 2)), exact.var((0, 1, 2))
    unit = (exact - mean) / np.sqrt(variance + 1e-3)
    outputs = unit * gamma + beta
    up = weights * np.cos(outputs)
    of_gamma, of_beta = (up * unit).sum((0, 1, 2)), up.sum((0, 1, 2))
    factor = gamma / np.sqrt(variance + 1e-3)
    right = {
        "outputs": outputs,
        "mean": mean,
        "variance": variance,
        "count": count,
        "slopes": factor * (up - of_beta / count - unit * of_gamma / count),
        "of_gamma": of_gamma,
        "of_beta": of_beta,
    }
    with np.load(file) as arrays:
        return {name: (arrays[name], right[name]) for name in right}


@pytest.mark.parametrize(
    "what", ["outputs", "mean", "variance", "count", "slopes", "of_gamma", "of_beta"]
)
def test_workers_normalise_by_the_rows_of_all_forwards_and_back(normalised, what):
    given, right = normalised[what]
    assert np.abs(given - right).max() < 1e-5 * np.abs(right).max()


# ---- what a worker holds of a batch ----------------------------------------------------------------


@pytest.mark.parametrize("world", [2, 3])
@pytest.mark.parametrize("stage", ["denoiser", "classifier", "joint", "tuning"])
def test_the_shares_of_all_workers_are_together_the_batch_of_one(
    drawings, stage, world, monkeypatch, tmp_path
):
    """Noise, augmentation, views, targets; each drawing is with one worker only."""
    served = {}

    def fit(name, build, losses, prepare, run, augment=None, to_the_end=False):
        served[name] = augmented(prepare, augment)
        raise StopIteration

    monkeypatch.setattr(stages, "_fit", fit)
    denoiser, classifier = stages.denoiser_for(TINY), stages.classifier_for(TINY, 5)
    run = Run(drawings, drawings, TINY, tmp_path, quiet)
    with pytest.raises(StopIteration):
        {
            "denoiser": lambda: train_denoiser(run),
            "classifier": lambda: stages.train_classifier(run, denoiser),
            "joint": lambda: stages.train_jointly(run, denoiser, classifier),
            "tuning": lambda: stages.tune(run, denoiser, classifier, mirrored=False),
        }[stage]()
    give = partial(batches_by_epoch, drawings[:70], replace(TINY, batch_size=31), served[stage])
    for epoch in (0, VALIDATION_EPOCH):  # the last batch of a validation is a small one
        whole = list(give()(epoch))
        parts = [
            list(give(SimpleNamespace(rank=rank, world=world))(epoch)) for rank in range(world)
        ]
        seen = np.concatenate([held[0] for part in parts for held, _ in part])
        n = sum(int(held[1]) for held, _ in parts[0])
        assert len(seen) == len(set(seen.tolist())) == n
        assert epoch == 0 or n == 70
        for batch, *shares in zip(whole, *parts, strict=True):
            own = [tf.nest.flatten(share) for _, share in shares]
            positions = [held[2].numpy() for held, _ in shares]
            for number, values in enumerate(tf.nest.flatten(batch)):
                mine = [np.asarray(flat[number]) for flat in own]
                if sum(map(len, mine)) == sum(map(len, positions)):
                    order = np.argsort(np.concatenate(positions))
                    np.testing.assert_allclose(np.concatenate(mine)[order], values, atol=LAST_DIGIT)
                else:  # a part of the batch, served apart: the same rows, worker by worker
                    sums = [
                        np.sort(rows.reshape(len(rows), -1).sum(axis=1))
                        for rows in (np.concatenate(mine), np.asarray(values))
                    ]
                    np.testing.assert_allclose(*sums, atol=784 * LAST_DIGIT)


def test_rows_between_two_positions_are_those_of_the_whole_batch():
    own = Rows(tf.constant(10), tf.constant([1, 4, 7]))
    here, part = own.between(3, tf.constant(8))
    assert np.array([1, 4, 7])[here].tolist() == [4, 7]
    assert (int(part.whole), part.own.numpy().tolist()) == (5, [1, 4])
    np.testing.assert_array_equal(
        part.uniform([2], [1, 2]), Rows(tf.constant(5)).uniform([2], [1, 2]).numpy()[[1, 4]]
    )


# ---- one step, one checkpoint ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone(tmp_path_factory, drawings):
    """A training in one process, by Keras's own loop."""
    folder = tmp_path_factory.mktemp("alone")
    train_pipeline(drawings[::4], folder, TINY, echo=quiet)
    return folder


def of_one(**settings) -> Team:
    return Team(Place(("127.0.0.1:1",), 0), **settings)


@pytest.mark.parametrize("seed", [0, 3_000_000_000, 2**32 - 1])
def test_a_step_of_workers_draws_by_every_seed_that_a_training_may_have(seed):
    assert TrainingConfig(seed=seed).seed == seed
    team = of_one()
    with team.strategy.scope():
        layers = [keras.layers.Dropout(0.5), keras.layers.Dense(1, kernel_initializer="ones")]
        model = keras.Sequential([keras.Input((3,)), *layers])
        shared = Shared(team, model, keras.optimizers.SGD(0.0), "mse", None, {"": []})
    rows = tf.range(64)
    held, batch = (rows, tf.constant(64), rows), (tf.ones([64, 3]), tf.zeros([64, 1]))
    learn = shared.step(True, tf.nest.map_structure(tf.TensorSpec.from_tensor, (held, batch)))
    for step in (0, 1):
        # By the seed itself, not by what 32 bits with a sign would leave of it.
        drawn = tf.random.stateless_uniform([64, 3], tf.constant([seed, step], tf.int64)).numpy()
        loss = ((2 * (drawn >= 0.5)).sum(axis=1) ** 2).mean()
        assert float(learn(held, batch, [seed, step])[0]) == pytest.approx(loss, rel=1e-5)
    # Where 32 bits with a sign suffice, 64 draw the same numbers.
    of_32, of_64 = (
        tf.random.stateless_uniform([9], tf.constant([seed % 2**31, 1], kind))
        for kind in (tf.int32, tf.int64)
    )
    np.testing.assert_array_equal(of_32, of_64)


class Killed(Exception):
    """Stands for a kill."""


def test_the_step_of_workers_learns_what_keras_learns_and_goes_on_after_a_kill(
    drawings, alone, tmp_path, monkeypatch
):
    monkeypatch.setattr(stages, "Shared", in_steps_that_die := dying(at={3, 9, 17, 26}))
    for _ in range(4):
        with pytest.raises(Killed):
            train_pipeline(drawings[::4], tmp_path, TINY, echo=quiet, team=of_one(save_every=1))
    train_pipeline(drawings[::4], tmp_path, TINY, echo=quiet, team=of_one(save_every=1))
    assert in_steps_that_die.left == set()
    assert_alike(curves(tmp_path), curves(alone))
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob("*.step.npz"))  # within an epoch; now all are over
    for stage in ("denoiser", "classifier", "joint"):
        assert len(list(tmp_path.glob(f"{stage}.*.npz"))) <= 2


def dying(at: set[int]):
    """The class of a network that is killed at some of its steps, counted over all of its lives."""

    class Dying(stages.Shared):
        left, count = at, itertools.count(1)

        def step(self, training, spec):
            real = super().step(training, spec)

            def step(*batch):
                number = next(Dying.count)
                if number in Dying.left:
                    Dying.left.remove(number)
                    raise Killed
                return real(*batch)

            return step

    return Dying


def test_plain_checkpoints_are_not_taken_for_those_of_workers(drawings, alone):
    with pytest.raises(qd.SettingError, match="another run"):
        train_pipeline(drawings[::4], alone, TINY, echo=quiet, team=of_one())


def test_a_checkpoint_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path, values = tmp_path / "kept.npz", [np.arange(5.0), np.array(3)]
    write_state(path, values, {"step": 1})

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        write_state(path, values, {"step": 2})
    assert [one.name for one in tmp_path.iterdir()] == ["kept.npz"]
    read, note = read_state(path)
    assert note == {"step": 1}
    for one, other in zip(read, values, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings(
    "error::pytest.PytestUnraisableExceptionWarning", "error::ResourceWarning"
)
@pytest.mark.parametrize("end", [0, 10, 0.5, -1])
def test_a_torn_checkpoint_is_refused(tmp_path, end):
    path = tmp_path / "kept.npz"
    write_state(path, [np.arange(500.0)], {"step": 1})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(end * len(whole)) if isinstance(end, float) else end])
    with pytest.raises(qd.SettingError, match=r"kept\.npz' is missing or torn"):
        read_state(path)


# ---- how workers meet ------------------------------------------------------------------------------


def addresses(count: int = 2) -> tuple[str, ...]:
    return tuple(f"127.0.0.1:{port}" for port in free_ports(count))


def met(places: list[Place], own: list[dict[str, str]], wait: float = 10.0) -> list[str]:
    """What each of some workers is told that meet, each in a thread; nothing where all is well."""
    told = [""] * len(places)

    def one(number: int) -> None:
        try:
            meet(places[number], own[number], wait)
        except qd.SettingError as error:
            told[number] = str(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in reversed(range(len(places)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


ALIKE = {"code of qdtools": "a" * 64, "drawings": "b" * 64, "version of keras": "3.15.1"}


def test_workers_that_are_alike_meet_though_strangers_knock():
    named = addresses(3)

    def knock() -> None:
        port = int(named[0].rpartition(":")[2])
        for said in (b"", b"PRI * HTTP/2.0\r\n\r\n", b"{}\n", b"[1]\n", b"\xff\n"):
            for _ in range(100):
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection(("127.0.0.1", port)) as s,
                ):
                    s.sendall(said)
                    break
                time.sleep(0.01)

    stranger = threading.Thread(target=knock)
    stranger.start()
    assert met([Place(named, rank) for rank in range(3)], [ALIKE] * 3) == ["", "", ""]
    stranger.join()


@pytest.mark.parametrize("what", list(ALIKE))
def test_a_worker_that_differs_is_refused_by_all_with_what_differs(what):
    named = addresses(2)
    told = met([Place(named, 0), Place(named, 1)], [ALIKE, ALIKE | {what: "other"}])
    assert told[0] == told[1]
    assert (
        f"Worker 1 ({named[1]}) does not have the same {what} as worker 0 (other, not " in told[0]
    )


def test_what_workers_compare_are_code_drawings_options_versions():
    one = facts("drawings", "options")
    assert {"code of qdtools", "drawings", "options", "version of tensorflow"} <= one.keys()
    assert facts("others", "options")["drawings"] != one["drawings"]
    assert facts("drawings", "others")["options"] != one["options"]


def test_workers_that_name_other_workers_are_refused():
    named = addresses(2)
    told = met([Place(named, 0), Place((named[0], "10.9.9.9:1"), 1)], [ALIKE] * 2, wait=2)
    assert "names other workers" in told[0]


def test_a_worker_that_does_not_come_is_named_with_its_address():
    named = addresses(3)
    told = met([Place(named, 0), Place(named, 2)], [ALIKE] * 2, wait=0.5)
    assert told[0].startswith(f"Worker 1 ({named[1]}) did not come within 0.5 seconds")
    assert "--index" in told[0]


def test_a_workers_address_is_told_as_it_was_typed():
    first = addresses(1)[0].replace("127.0.0.1", "LocalHost")
    named = (first, "Node-B:5000")
    told = met([Place(named, 0)], [ALIKE], wait=0.3)
    told += met([Place(named, 1)], [ALIKE], wait=0.3)
    assert told[0].startswith("Worker 1 (Node-B:5000) did not come")
    assert told[1].startswith(f"Worker 0 ({first}) cannot be reached")


def test_worker_0_that_is_not_there_is_named_with_its_address():
    named = addresses(2)
    (told,) = met([Place(named, 1)], [ALIKE], wait=0.5)
    assert told.startswith(f"Worker 0 ({named[0]}) cannot be reached from worker 1 within 0.5")
    assert "Connection refused" in told


@pytest.mark.parametrize("rank", [0, 1])
def test_a_port_in_use_is_named(rank):
    named = addresses(2)
    with socket.socket() as taken:
        taken.bind(("", int(named[rank].rpartition(":")[2])))
        taken.listen()
        (told,) = met([Place(named, rank)], [ALIKE], wait=0.5)
    assert told.startswith(f"Port {named[rank].rpartition(':')[2]} of worker {rank}")
    assert "in use" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--workers nowhere --index 0", "'nowhere' is no address of a worker; give host:port"),
        ("--workers a:1,a:1 --index 0", "'a:1' is named twice"),
        ("--workers a:0,b:1 --index 0", "'a:0' is no address"),
        ("--workers a:1,b:1 --index 2", "There is no worker 2; of 2 the index is 0 to 1."),
        ("--workers a:1,b:1", "Give --index, from 0."),
        ("--workers a:1 --index 0 --local-workers 2", "not both"),
        ("--local-workers 0", "'0' is no whole number of at least 1"),
        ("--local-workers 2 --wait never", "'never' is no number of seconds"),
    ],
)
def test_what_is_said_wrongly_of_workers_is_refused_in_one_sentence(
    capsys, tmp_path, options, told
):
    command = ["train", "--out", str(tmp_path / "out"), *options.split()]
    try:
        code = main(command)
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr().err
    assert code == 2
    assert told in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


# ---- how they are started again --------------------------------------------------------------------


def worker_that(*codes: int, log: Path) -> list[str]:
    """A command that ends with one code after another; a negative one is a signal, None goes on."""
    code = (
        "import os, pathlib, sys, time\n"
        f"log = pathlib.Path({str(log)!r})\n"
        "n = log.read_text().count('x') if log.exists() else 0\n"
        "log.open('a').write('x')\n"
        f"code = {list(codes)!r}[n]\n"
        "os.kill(os.getpid(), -code) if code < 0 else None\n"
        "time.sleep(60) if code == 99 else sys.exit(code)\n"
    )
    return [sys.executable, "-c", code]


@pytest.mark.filterwarnings(
    "error::pytest.PytestUnraisableExceptionWarning", "error::ResourceWarning"
)
def test_a_worker_that_was_killed_or_lost_the_others_starts_again(tmp_path, capsys):
    one = worker_that(-9, AGAIN, -6, 0, log=tmp_path / "0")
    other = worker_that(99, log=tmp_path / "1")  # ended, as worker 0 is done
    assert supervise({0: one, 1: other}) == 0
    assert (tmp_path / "0").read_text() == "xxxx"
    said = capsys.readouterr().err
    assert "worker 0 ended by signal 9; it starts again from the last checkpoint" in said
    assert "worker 0 has lost the others" in said


def test_a_refusal_ends_all_workers_with_its_code(tmp_path):
    started = time.monotonic()
    commands = {0: worker_that(99, log=tmp_path / "0"), 1: worker_that(2, log=tmp_path / "1")}
    assert supervise(commands) == 2
    assert time.monotonic() - started < 30


def test_a_training_that_fails_again_and_again_is_given_up(tmp_path, capsys):
    assert supervise({0: worker_that(*[-9] * 20, log=tmp_path / "0")}) == 2
    assert "the same command goes on from there" in capsys.readouterr().err


# ---- with real workers -----------------------------------------------------------------------------

OPTIONS = (
    "--from scratch --denoiser autoencoder --denoiser-width 4 --classifier-width 4 --batch-size 32 "
    "--denoiser-epochs 2 --classifier-epochs 2 --joint-epochs 2 --per-category 60 --precision float32 "
    "--source sample --save-every 2"
)


def command(out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "qdtools", "train", *OPTIONS.split(), "--out", str(out), *more]


#: What a test has started, ended with it whatever comes of it.
running: list[subprocess.Popen] = []


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    while running:
        process = running.pop()
        process.kill()
        process.wait()


def started(out: Path, *more: str, within: str | None = None, **settings) -> subprocess.Popen:
    prefix = ["ip", "netns", "exec", within] if within else []
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*prefix, *command(out, *more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **settings,
    )
    running.append(process)
    return process


def ended(process: subprocess.Popen, code: int = 0) -> tuple[str, str]:
    out, err = process.communicate(timeout=500)
    assert process.returncode == code, err
    assert "Traceback" not in err
    return out, err


def steps(trace: Path) -> list[dict[tuple[str, int, int], dict]]:
    """By worker, what it noted of each step; of a step gone twice, the last."""
    return [
        {
            (row["stage"], row["epoch"], row["step"]): row
            for row in map(json.loads, path.read_text().splitlines())
            if "step" in row and "event" not in row
        }
        for path in sorted(trace.glob("worker-*.jsonl"))
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A training by one worker that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    ended(started(folder / "out", "--local-workers", "1", "--trace", str(folder / "trace")))
    return folder


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    """The processes that train, by the order of their workers."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--worker-process" in child.cmdline():
                found.append(child)
    return sorted(found, key=lambda child: child.cmdline()[-1])


@pytest.mark.long
@pytest.mark.parametrize("world", [2, 3])
def test_several_workers_give_one_workers_losses_from_shares_of_each_batch(
    tmp_path, undisturbed, world
):
    trace = tmp_path / "trace"
    ended(started(tmp_path / "out", "--local-workers", str(world), "--trace", str(trace)))
    assert_alike(curves(tmp_path / "out.training"), curves(undisturbed / "out.training"))
    (one,), several = steps(undisturbed / "trace"), steps(trace)
    assert len(several) == world
    for key, row in one.items():
        assert [own[key]["loss"] for own in several] == pytest.approx(
            [row["loss"]] * world, abs=2e-2
        )
        if key[0] == "denoiser" or (key[:2] == ("classifier", 0) and key[2] < 4):
            assert [own[key]["loss"] for own in several] == pytest.approx(
                [row["loss"]] * world, abs=FIRST
            )
        shares = [own[key]["drawings"] for own in several]
        assert sorted(itertools.chain(*shares)) == sorted(row["drawings"])  # complete
        assert len(set(itertools.chain(*shares))) == sum(map(len, shares))  # disjoint
        assert max(map(len, shares)) - min(map(len, shares)) <= 1
    pipeline = qd.Pipeline.load(tmp_path / "out")
    assert len(pipeline.categories) == 5


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_worker_killed_at_a_random_moment_costs_nothing_but_time(tmp_path, undisturbed, seed):
    """Of five trainings, each with two kills, every other one of the coordinator."""
    chance = np.random.default_rng(seed)
    process = started(tmp_path / "out", "--local-workers", "2")
    killed = []
    for number in range(2):
        time.sleep(chance.uniform(2, 9))
        there = workers_of(process)
        if len(there) == 2:
            victim = there[(seed + number) % 2]
            killed.append(victim.cmdline()[-1])
            victim.kill()
    _, said = ended(process)
    assert killed
    assert said.count("ended by signal 9") == len(killed)
    assert_alike(curves(tmp_path / "out.training"), curves(undisturbed / "out.training"))


@pytest.mark.long
def test_when_all_is_killed_the_same_command_goes_on_with_any_number_of_workers(
    tmp_path, undisturbed
):
    out = tmp_path / "out"
    for workers, stage in (("2", "denoiser"), ("3", "classifier")):
        process = started(out, "--local-workers", workers)
        wait_for(out.with_name("out.training") / f"{stage}.csv")
        children = workers_of(process)
        process.kill()  # what it started ends with it
        process.communicate()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive
    ended(started(out, "--local-workers", "1"))
    assert_alike(curves(tmp_path / "out.training"), curves(undisturbed / "out.training"))


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 200
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.1)


@pytest.fixture
def hosts():
    """Two hosts of their own addresses, as network namespaces with a cable between them."""
    if not shutil.which("ip"):
        pytest.skip("there is no `ip` here; the Debian package iproute2 has it")
    names = [f"qd{os.getpid()}{end}" for end in "ab"]

    def run(*words: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(["ip", *words], check=check, capture_output=True)

    try:
        if run("netns", "add", names[0], check=False).returncode:
            pytest.skip("network namespaces are not allowed here")
        run("netns", "add", names[1])
        run(
            "link",
            "add",
            "qda",
            "netns",
            names[0],
            "type",
            "veth",
            "peer",
            "name",
            "qdb",
            "netns",
            names[1],
        )
        for number, (name, cable) in enumerate(zip(names, ("qda", "qdb"), strict=True), 1):
            run("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", cable)
            for link in ("lo", cable):
                run("-n", name, "link", "set", link, "up")
        yield SimpleNamespace(
            names=names,
            addresses="10.77.0.1:5000,10.77.0.2:5000",
            cut=lambda: run("-n", names[0], "link", "set", "qda", "down"),
            mend=lambda: run("-n", names[0], "link", "set", "qda", "up"),
        )
    finally:
        for name in names:
            run("netns", "del", name, check=False)


@pytest.mark.long
def test_two_hosts_train_together_though_the_network_is_cut_for_half_a_minute(
    hosts, tmp_path, undisturbed
):
    out = tmp_path / "out"
    pair = [
        started(out, "--workers", hosts.addresses, "--index", str(rank), within=hosts.names[rank])
        for rank in (0, 1)
    ]
    wait_for(tmp_path / "out.training" / "denoiser.csv")
    hosts.cut()
    time.sleep(30)
    hosts.mend()
    told = [ended(process)[1] for process in pair]
    assert all("has lost the others; it starts again" in said for said in told)
    assert_alike(curves(tmp_path / "out.training"), curves(undisturbed / "out.training"))


@pytest.mark.long
def test_a_host_that_cannot_be_reached_is_one_sentence(hosts, tmp_path):
    hosts.cut()
    pair = [
        started(
            tmp_path / "out",
            *("--workers", hosts.addresses, "--index", str(rank), "--wait", "3"),
            within=hosts.names[rank],
        )
        for rank in (0, 1)
    ]
    for process, told in zip(
        pair,
        ("Worker 1 (10.77.0.2:5000) did not come", "Worker 0 (10.77.0.1:5000) cannot"),
        strict=True,
    ):
        _, said = ended(process, code=2)
        assert told in said
        assert said.count("\n") == 1


@pytest.mark.long
def test_workers_on_unequal_drawings_are_refused_before_a_step(tmp_path):
    ports = ",".join(addresses(2))
    pair = [
        started(tmp_path / "out", "--workers", ports, "--index", str(rank), "--per-category", count)
        for rank, count in ((0, "60"), (1, "50"))
    ]
    for process in pair:
        _, said = ended(process, code=2)
        assert "Worker 1 (127.0.0.1" in said
        assert "does not have the same drawings as worker 0" in said
        assert said.count("\n") == 1
    assert not (tmp_path / "out.training").exists()


@pytest.mark.long
def test_a_full_disk_is_one_sentence_and_the_last_checkpoint_stays(tmp_path, undisturbed):
    import resource

    out = tmp_path / "out"
    least = 60_000  # bytes that a file may have: enough for a log, too little for a checkpoint

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, resource.RLIM_INFINITY))

    _, said = ended(started(out, "--local-workers", "2", preexec_fn=full), code=2)
    assert "File too large" in said
    assert said.count("error") == 1
    assert not list(out.with_name("out.training").glob("*.part"))
    ended(started(out, "--local-workers", "2"))
    assert_alike(curves(tmp_path / "out.training"), curves(undisturbed / "out.training"))


@pytest.mark.parametrize(
    ("cards", "taken"), [(0, [None] * 4), (1, [0] * 4), (2, [0, 1, 0, 0]), (4, [0, 1, 2, 0])]
)
def test_each_worker_of_a_machine_takes_a_graphics_card_of_its_own(cards, taken, monkeypatch):
    """Played by numbers, since machines for tests have none: three workers on one, one elsewhere."""
    seen = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [*range(cards)])
    monkeypatch.setattr(tf.config, "set_visible_devices", lambda card, kind: seen.append(card))
    monkeypatch.setattr("qdtools.training.distributed._strategy", lambda place: None)
    monkeypatch.setattr(Team, "_watch", lambda team: None)
    addresses = ("a:1", "a:2", "a:3", "b:1")
    for rank in range(4):
        Team(Place(addresses, rank))
    assert (seen or [None] * 4) == taken
