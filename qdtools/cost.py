"""What training by several machines takes: hours, bytes, money, time lost to failures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .drawings.canvas import SIDE
from .errors import SettingError

#: Bytes of one drawing, a number of eight bits a pixel.
_BYTES = SIDE**2


def _check(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value) or value <= 0:
            raise SettingError(f"{name.replace('_', ' ')} is {value}; give a number above 0.")


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
        If a number is not above 0.
    """
    _check(
        workers=workers,
        rate=rate,
        drawings=drawings,
        epochs=epochs,
        batch=batch,
        parameters=parameters,
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
        If a number is not above 0, or no training can end at this rate of failures.
    """
    _check(
        interval=interval,
        work=work,
        saving=saving,
        restart=restart,
        between_failures=between_failures,
        workers=workers,
        step=step,
        runs=runs,
    )
    rng = np.random.default_rng(seed)
    mean = between_failures / workers
    per_checkpoint = max(1, round(interval / step))
    total = max(1, round(work / step))
    if per_checkpoint * step > 20 * mean:
        raise SettingError(
            f"A failure comes every {mean:g} seconds, so that hardly a checkpoint after {interval:g} "
            "seconds would ever be reached; give a shorter interval."
        )
    taken = 0.0
    for _ in range(runs):
        clock, done = 0.0, 0
        failure = rng.exponential(mean)
        while done < total:
            steps = min(per_checkpoint, total - done)
            slow = np.ones(steps)
            if straggling > 0:
                slow += rng.exponential(straggling, (steps, workers)).max(axis=1)
            segment = float(slow.sum()) * step + saving
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
