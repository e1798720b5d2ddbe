"""What training by several machines takes: hours, bytes, money, time lost to failures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from ._checks import check_seed
from .drawings.canvas import SIDE
from .errors import SettingError

#: Bytes of one drawing, a number of eight bits a pixel.
_BYTES = SIDE**2
#: Steps of workers that one simulation may be expected to take, some seconds of computing; a try to reach
#: a checkpoint takes as long as so many.
_MOST_STEPS, _STEPS_A_TRY = 5e8, 500
#: Tries for a checkpoint from which on failures are to blame, not how much is simulated.
_MANY_TRIES = 20


def _check(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value) or value <= 0:
            raise SettingError(f"{name.replace('_', ' ')} is {value}; give a number above 0.")


def _check_whole(**values: int) -> None:
    _check(**values)
    for name, value in values.items():
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise SettingError(f"{name.replace('_', ' ')} is {value}; give a whole number above 0.")


@dataclass(frozen=True)
class Cost:
    """What a training takes on some workers (chapter 8).

    Attributes
    ----------
    workers : int
        Machines, or cores, each a worker.
    hours : float
        Of the whole training, failures left out.
    worker_hours : float
        Paid for.
    money : float
        In the unit of the price.
    read_bytes : float
        Of drawings, by all workers in all epochs.
    sent_bytes : float
        Of gradients, by all workers over the network.
    speed_up : float
        Over one worker.
    """

    workers: int
    hours: float
    worker_hours: float
    money: float
    read_bytes: float
    sent_bytes: float
    speed_up: float


def training_cost(
    workers: int,
    *,
    rate: float,
    drawings: float,
    epochs: float,
    batch: int,
    parameters: int,
    bandwidth: float,
    latency: float,
    price: float,
) -> Cost:
    """Compute time, bytes and money of a training from the rate of one worker (chapter 8).

    Each worker takes `batch` drawings a step, whatever their number, so more workers take larger
    steps. After each step gradients go round a ring (an all-reduce, Patarasuk and Yuan 2009): each
    worker sends, and receives, ``2 (n - 1) / n`` times the parameters, in ``2 (n - 1)`` messages.
    Nothing is sent while a worker computes; workers are equally fast; reading costs no time.

    Parameters
    ----------
    workers : int
        At least 1.
    rate : float
        Drawings a second that one worker learns from, alone.
    drawings, epochs : float
        How many drawings there are, and how often each is met.
    batch : int
        Drawings a step of one worker.
    parameters : int
        Of the networks, four bytes each.
    bandwidth : float
        Bytes a second that a worker sends.
    latency : float
        Seconds of one message.
    price : float
        Of one worker for an hour.

    Returns
    -------
    Cost
        Hours, money, bytes, speed-up.

    Raises
    ------
    SettingError
        If a number is not above 0, or one of `workers`, `batch`, `parameters` is not whole.
    """
    _check_whole(workers=workers, batch=batch, parameters=parameters)
    _check(
        rate=rate,
        drawings=drawings,
        epochs=epochs,
        bandwidth=bandwidth,
        latency=latency,
        price=price,
    )
    turns = 2 * (workers - 1)
    sent = 4 * parameters * turns / workers
    step = batch / rate + sent / bandwidth + turns * latency
    steps = drawings * epochs / (batch * workers)
    hours = steps * step / 3600
    alone = drawings * epochs / rate / 3600
    return Cost(
        workers=workers,
        hours=hours,
        worker_hours=hours * workers,
        money=hours * workers * price,
        read_bytes=drawings * epochs * _BYTES,
        sent_bytes=sent * workers * steps,
        speed_up=alone / hours,
    )


def young_interval(saving: float, between_failures: float) -> float:
    """Give the best time between two checkpoints by Young (1974) (chapter 8).

    Parameters
    ----------
    saving : float
        Seconds that one checkpoint takes.
    between_failures : float
        Mean seconds between two failures of the whole training.

    Returns
    -------
    float
        Seconds of work between two checkpoints, ``sqrt(2 * saving * between_failures)``.

    Raises
    ------
    SettingError
        If a number is not above 0.
    """
    _check(saving=saving, between_failures=between_failures)
    return math.sqrt(2 * saving * between_failures)


def daly_interval(saving: float, between_failures: float) -> float:
    """Give the best time between two checkpoints by Daly (2006), to a higher order (chapter 8).

    Parameters
    ----------
    saving, between_failures : float
        As `young_interval` takes them.

    Returns
    -------
    float
        Seconds of work between two checkpoints; the mean time between failures where saving takes
        more than twice as long.

    Raises
    ------
    SettingError
        If a number is not above 0.
    """
    young = young_interval(saving, between_failures)
    if saving >= 2 * between_failures:
        return between_failures
    part = math.sqrt(saving / (2 * between_failures))
    return young * (1 + part / 3 + part**2 / 9) - saving


def simulated_goodput(
    interval: float,
    *,
    work: float,
    saving: float,
    restart: float,
    between_failures: float,
    workers: int = 1,
    step: float = 1.0,
    straggling: float = 0.0,
    runs: int = 20,
    seed: int = 0,
) -> float:
    """Simulate trainings step by step that fail at random, and go on from checkpoints (chapter 8).

    A step takes as long as the slowest worker, each of which takes longer than `step` by a share drawn
    from an exponential distribution. Failures come at random, at the same rate at every moment, also
    while a checkpoint is written or workers start again; each worker fails by itself.

    Parameters
    ----------
    interval : float
        Seconds of work between two checkpoints.
    work : float
        Seconds of work of the whole training, if all workers are equally fast.
    saving : float
        Seconds that all wait for one checkpoint.
    restart : float
        Seconds from a failure to the next step.
    between_failures : float
        Mean seconds between two failures of one worker.
    workers : int
        How many there are.
    step : float
        Seconds of one step.
    straggling : float
        Mean share by which a worker's step takes longer.
    runs : int
        Trainings that are simulated.
    seed : int
        Of all that is drawn; equal seeds let equal failures come.

    Returns
    -------
    float
        The share of the time in which a step was trained that counted in the end.

    Raises
    ------
    SettingError
        If a number is not above 0 (`straggling`: is below), `workers` or `runs` is not whole, `seed` is
        no whole number of 0 or more, or trainings with so many steps, or at this rate of failures, would
        not end for minutes.
    """
    _check_whole(workers=workers, runs=runs)
    _check(
        interval=interval,
        work=work,
        saving=saving,
        restart=restart,
        between_failures=between_failures,
        step=step,
    )
    if not math.isfinite(straggling) or straggling < 0:
        raise SettingError(f"straggling is {straggling}; give a number of 0 or more.")
    rng = np.random.default_rng(check_seed(seed))
    mean = between_failures / workers
    # Where a step is short beyond measure, rounding would meet infinity.
    per_checkpoint = max(1, round(min(interval / step, 1e15)))
    total = max(1, round(min(work / step, 1e15)))
    most = min(per_checkpoint, total)
    # The slowest of n workers is late by no more than 1 + log(n) times the mean share.
    slowest = 1 + straggling * (1 + math.log(workers))
    parts = {
        "a shorter interval": most * step * slowest,
        "a shorter time of saving": saving,
        "a shorter time of restart": restart,
    }
    drawn = total * (workers if straggling > 0 else 1)
    _check_ends(parts, mean, runs * (drawn + _STEPS_A_TRY * math.ceil(total / most)))
    taken = 0.0
    for _ in range(runs):
        clock, done = 0.0, 0
        failure = rng.exponential(mean)
        while done < total:
            steps = min(per_checkpoint, total - done)
            slow = float(steps)
            if straggling > 0:
                late = rng.exponential(straggling, (steps, workers)).max(axis=1)
                slow = float((1 + late).sum())
            segment = slow * step + saving
            if clock + segment <= failure:
                clock, done = clock + segment, done + steps
                continue
            # What was trained since the last checkpoint is lost; so is a restart that fails itself.
            clock = failure
            failure = clock + rng.exponential(mean)
            while failure < clock + restart:
                clock = failure
                failure = clock + rng.exponential(mean)
            clock += restart
        taken += clock
    return total * step * runs / taken


def _check_ends(parts: dict[str, float], mean: float, steps: int) -> None:
    """Refuse a simulation that would hardly ever reach its next checkpoint, or takes too many steps.

    `parts` are the seconds that pass from one checkpoint to the next, each by what makes it shorter.
    """
    needed = sum(parts.values())
    # A checkpoint takes exp(segment / mean) tries on average, each failure exp(restart / mean) restarts.
    tries = math.exp(min(needed, 99 * mean) / mean) if mean > 0 else math.inf
    if steps * tries <= _MOST_STEPS:
        return
    if tries < _MANY_TRIES:
        raise SettingError(
            f"To simulate {steps:,} steps of workers would take minutes; give longer steps, longer intervals "
            "or fewer runs."
        )
    way, longest = max(parts.items(), key=lambda part: part[1])
    raise SettingError(
        f"A failure comes every {mean:g} seconds, and from one to the next checkpoint {needed:g} would "
        f"have to pass without another, so that hardly one would ever be reached; give {way} than "
        f"{longest:g} seconds, or more time between failures."
    )
