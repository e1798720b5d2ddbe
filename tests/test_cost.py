"""Promises of what training by several machines is computed to take."""

from __future__ import annotations

import math

import numpy as np
import pytest

import qdtools as qd

RATES = {
    "rate": 500.0,
    "drawings": 50e6,
    "epochs": 10,
    "batch": 256,
    "parameters": 800_000,
    "bandwidth": 1.25e9,
    "latency": 1e-4,
    "price": 0.05,
}


def test_one_worker_takes_as_long_as_its_rate_says_and_sends_nothing():
    one = qd.training_cost(1, **RATES)
    assert one.hours == pytest.approx(50e6 * 10 / 500 / 3600)
    assert one.sent_bytes == 0
    assert one.read_bytes == 50e6 * 10 * 784
    assert one.money == pytest.approx(one.hours * 0.05)
    assert one.speed_up == pytest.approx(1)


def test_more_workers_take_less_time_and_more_money():
    costs = [qd.training_cost(workers, **RATES) for workers in (1, 2, 4, 8, 16, 32, 64)]
    assert np.all(np.diff([cost.hours for cost in costs]) < 0)
    assert np.all(np.diff([cost.money for cost in costs]) > 0)
    for cost in costs:
        assert cost.speed_up <= cost.workers
        assert cost.worker_hours == pytest.approx(cost.hours * cost.workers)


def test_a_slow_network_is_reckoned_by_hand():
    slow = qd.training_cost(4, **RATES | {"bandwidth": 1e6, "latency": 0.01})
    step = 256 / 500 + (2 * 3 / 4) * 4 * 800_000 / 1e6 + 2 * 3 * 0.01
    assert slow.hours == pytest.approx(50e6 * 10 / (256 * 4) * step / 3600)
    assert slow.speed_up < 1


@pytest.mark.parametrize("name", list(RATES))
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_numbers_that_are_none_are_refused(name, value):
    with pytest.raises(qd.SettingError, match=f"{name} is .*above 0"):
        qd.training_cost(2, **RATES | {name: value})


def test_the_textbooks_intervals_are_those_of_their_papers():
    assert qd.young_interval(20, 4000) == pytest.approx(400)
    # Daly 2006, equation 37, reckoned by hand.
    x = 20 / 8000
    daly = 400 * (1 + math.sqrt(x) / 3 + x / 9) - 20
    assert qd.daly_interval(20, 4000) == pytest.approx(daly)
    assert qd.daly_interval(100, 50) == 50


FAILING = {"work": 100_000.0, "saving": 20.0, "restart": 60.0, "between_failures": 4000.0}


def test_the_simulation_finds_the_textbooks_interval_the_best():
    """Of intervals a third and three times as long neither is as good, and Young's loses little."""
    best = qd.young_interval(FAILING["saving"], FAILING["between_failures"])
    third, own, triple = (
        qd.simulated_goodput(interval, **FAILING, runs=60)
        for interval in (best / 3, best, 3 * best)
    )
    assert own > third
    assert own > triple
    fine = [
        qd.simulated_goodput(best * factor, **FAILING, runs=60)
        for factor in np.geomspace(0.5, 2, 9)
    ]
    assert max(fine) - own < 0.01


def test_without_failures_only_saving_and_stragglers_cost():
    calm = FAILING | {"between_failures": 1e12}
    assert qd.simulated_goodput(400, **calm) == pytest.approx(400 / 420, abs=1e-3)
    # The mean of the largest of 8 exponentials is the eighth harmonic number.
    slow = qd.simulated_goodput(400, **calm, workers=8, straggling=0.1)
    harmonic = sum(1 / n for n in range(1, 9))
    assert slow == pytest.approx(400 / (400 * (1 + 0.1 * harmonic) + 20), abs=2e-3)


def test_more_workers_fail_more_often():
    costs = [qd.simulated_goodput(300, **FAILING, workers=n) for n in (1, 4, 8)]
    assert np.all(np.diff(costs) < 0)
    assert qd.simulated_goodput(300, **FAILING) == qd.simulated_goodput(300, **FAILING)
    with pytest.raises(qd.SettingError, match="shorter interval"):
        qd.simulated_goodput(30_000, **FAILING, workers=64)


#: A training of ten steps of a second.
SHORT = {"work": 10.0, "saving": 1.0, "restart": 1.0, "between_failures": 100.0, "runs": 1}


@pytest.mark.parametrize(
    ("interval", "other", "named"),
    [
        (
            1,
            {"saving": 1000.0, "between_failures": 1.0},
            "shorter time of saving than 1000 seconds",
        ),
        (1, {"restart": 1000.0, "between_failures": 1.0}, "shorter time of restart than 1000 sec"),
        (1e6, {"between_failures": 0.1}, "shorter interval than 10 seconds"),
        (10, {"straggling": 1e3}, "shorter interval than 10010 seconds"),
        (10, {"straggling": 10.0, "workers": 64}, "shorter interval"),
        (10, {"between_failures": 5e-324, "workers": 2}, "more time between failures"),
        (10, {"work": 1e12, "between_failures": 1e15}, "fewer runs"),
        (10, {"step": 5e-324}, "longer steps"),
        (10, {"runs": 10**9}, "fewer runs"),
    ],
)
def test_a_simulation_that_would_not_end_soon_is_refused_with_what_is_too_long(
    interval, other, named
):
    with pytest.raises(qd.SettingError, match=named):
        qd.simulated_goodput(interval, **SHORT | other)


def test_a_checkpoint_that_comes_after_the_end_is_no_longer_than_the_training():
    ends = [qd.simulated_goodput(interval, **SHORT | {"runs": 50}) for interval in (10, 1e6)]
    assert ends[0] == ends[1]
    assert 0.8 < ends[0] <= 10 / 11


@pytest.mark.parametrize("straggling", [-0.1, math.nan, math.inf])
def test_a_share_by_which_workers_are_late_that_is_none_is_refused(straggling):
    with pytest.raises(qd.SettingError, match=r"straggling is .*0 or more"):
        qd.simulated_goodput(10, **SHORT, straggling=straggling)


@pytest.mark.parametrize("name", ["runs", "workers", "batch", "parameters"])
def test_what_can_only_be_counted_is_whole(name):
    simulated = name in {"runs", "workers"}
    reckon, at, others = (
        (qd.simulated_goodput, 10, SHORT) if simulated else (qd.training_cost, 2, RATES)
    )
    for value in (1.5, 2.0, True):
        with pytest.raises(qd.SettingError, match=f"{name} is .*whole number above 0"):
            reckon(at, **others | {name: value})
    with pytest.raises(qd.SettingError, match=r"workers is 1\.5"):
        qd.training_cost(1.5, **RATES)
    with pytest.raises(qd.SettingError, match="no seed"):
        qd.simulated_goodput(10, **SHORT, seed=-1)
