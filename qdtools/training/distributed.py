"""A stage of training by several workers: its strategy, its step, its checkpoints."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ._keras import keras
from ._keras import tensorflow as tf
from .cluster import AGAIN, Place, end_with_parent, facts, meet
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ..drawings.collection import Drawings

#: A file among checkpoints that says that no step is left to train.
TRAINED = "trained"
#: The rows of the batch in the step that is being traced; layers that draw numbers ask for them.
_current: list[tuple[Rows, tf.Tensor]] = []


class Team:
    """The workers of one training, seen from one of them (chapter 8).

    Attributes
    ----------
    rank, world : int
        Which worker this is, of how many.
    strategy : tf.distribute.Strategy
        Holds each worker's copy of the networks equal.
    save_every : int
        Steps from one checkpoint within an epoch to the next.

    Parameters
    ----------
    place : Place
        Where this worker stands among all; they have met already.
    save_every : int
        As above.
    silence : float
        Seconds without a step after which this worker takes the others for lost.
    trace : Path, optional
        A folder for what each worker noted of its steps.
    """

    def __init__(
        self,
        place: Place,
        save_every: int = 200,
        silence: float = 120.0,
        trace: Path | None = None,
    ) -> None:
        self.rank, self.world, self.save_every = place.rank, place.world, save_every
        graphics = tf.config.list_physical_devices("GPU")
        if graphics:  # each of the workers on one machine has one of its own
            tf.config.set_visible_devices(graphics[place.beside % len(graphics)], "GPU")
        self.strategy = _strategy(place)
        self._silence, self._last, self._trace = silence, float("inf"), None
        if trace is not None:
            trace.mkdir(parents=True, exist_ok=True)
            self._trace = (trace / f"worker-{place.rank}.jsonl").open("a", encoding="utf-8")
        self.note(event="begins")
        if self.world > 1:
            threading.Thread(target=self._watch, daemon=True).start()

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes what is kept (chapter 8)."""
        return self.rank == 0

    def share(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Give every worker the arrays of worker 0; the others' own say only their shapes (chapter 8)."""
        if self.world == 1:
            return [np.asarray(array) for array in arrays]
        own = [np.asarray(array) if self.is_chief else np.zeros_like(array) for array in arrays]
        kinds = [np.float32 if array.dtype == np.float32 else np.int64 for array in own]
        given: list[np.ndarray] = [np.zeros(0)] * len(own)
        for kind in (np.float32, np.int64):
            places = [place for place, its in enumerate(kinds) if its is kind]
            for place, value in zip(
                places, self._sums([own[p].astype(kind) for p in places]), strict=True
            ):
                given[place] = value.astype(own[place].dtype)
        return given

    def _sums(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Sum arrays of one kind over all workers; zeros from all but one leave that one's to the bit."""
        if not arrays:
            return []

        def everyone() -> Any:
            return self.strategy.run(
                lambda *values: _sum([tf.identity(value) for value in values]),
                args=tuple(tf.constant(array) for array in arrays),
            )

        return [np.asarray(value) for value in tf.function(everyone)()]

    def tell(self, value: Any) -> Any:
        """Give every worker what worker 0 has, anything that JSON can hold (chapter 8)."""
        text = np.frombuffer(json.dumps(value).encode(), np.uint8).astype(np.int32)
        length = int(self.share([np.array(len(text))])[0])
        own = text if self.is_chief else np.zeros(length, np.int32)
        return json.loads(self.share([own])[0].astype(np.uint8).tobytes())

    def note(self, **said: Any) -> None:
        """Add a line to what this worker tells of its steps, if anybody wants it (chapter 8)."""
        if self._trace is not None:
            self._trace.write(json.dumps({"time": round(time.time(), 3), **said}) + "\n")
            self._trace.flush()

    @contextmanager
    def watched(self) -> Iterator[Callable[[], None]]:
        """Take the others for lost if what is given is not called for too long (chapter 8)."""

        def here() -> None:
            self._last = time.monotonic()

        try:
            yield here
        finally:
            self._last = float("inf")

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            if time.monotonic() - self._last > self._silence:
                # A collective operation that waits for a lost worker cannot be ended otherwise.
                os._exit(AGAIN)


@contextmanager
def joined(
    place: Place,
    drawings: Drawings,
    options: dict[str, Any],
    folder: Path,
    wait: float,
    **settings: Any,
) -> Iterator[Team]:
    """Meet the other workers, and be one of them; end this process if they are lost (chapter 8).

    Parameters
    ----------
    place : Place
        Where this worker stands.
    drawings : Drawings
        All drawings, the same on every worker.
    options : dict
        Whatever else decides how weights come out, as JSON holds it.
    folder : Path
        Where worker 0 keeps checkpoints. If all is trained there, it waits for nobody.
    wait : float
        Seconds to wait for the others.
    **settings
        Of `Team`.

    Raises
    ------
    SettingError
        If a port is in use, a worker does not come, or one differs.
    """
    end_with_parent()
    if place.rank == 0 and (folder / TRAINED).exists():
        place = Place(place.addresses[:1], 0)
    meet(place, facts(drawings.sha256, json.dumps(options, sort_keys=True)), wait)
    try:
        yield Team(place, **settings)
    except (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
        tf.errors.InternalError,
    ):
        sys.stdout.flush()
        # Leaving in the usual way would wait for those who are gone.
        os._exit(AGAIN)


def _strategy(place: Place) -> tf.distribute.Strategy:
    if place.world == 1:
        return tf.distribute.get_strategy()
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(place.addresses)}),
        task_type="worker",
        task_id=place.rank,
        rpc_layer="grpc",
    )
    return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)


def _sum(values: Any) -> Any:
    """Sum tensors over all workers, within a step."""
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


def is_shared() -> bool:
    """Whether what is traced at this moment is one worker's part of a step (chapter 8)."""
    return bool(_current)


def normalize(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Normalise each channel by its mean and variance over every worker's rows (chapter 8).

    Workers speak to each other once on the way forward, once on the way back: each way tells a few
    numbers a channel, whose time is that of a message, however few they are. The mean and variance of
    parts are joined as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances" (1979), which loses no digits; the way back is that of Ioffe and
    Szegedy, "Batch normalization" (2015).

    Parameters
    ----------
    inputs : Tensor, (rows, height, width, channels)
        Those of this worker.
    gamma, beta : Tensor, (channels,)
        Learned scale and offset.
    epsilon : float
        Added to the variance.

    Returns
    -------
    outputs : Tensor, (rows, height, width, channels), float32
        Of this worker's rows.
    mean, variance : Tensor, (channels,)
        Of the whole batch; the variance is that of the numbers themselves.
    count : Tensor, ()
        Numbers of a channel in the whole batch.
    """
    context = tf.distribute.get_replica_context()
    world, rank = context.num_replicas_in_sync, context.replica_id_in_sync_group
    channels = inputs.shape[-1]

    def total(values: tf.Tensor) -> tf.Tensor:
        # In double precision: a sum then has the same digits however the rows are parted.
        return tf.reduce_sum(tf.cast(values, tf.float64), axis=(0, 1, 2))

    def apply(values: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) -> Any:
        own = tf.cast(tf.reduce_prod(tf.shape(values)[:3]), tf.float64)
        # A worker without a row has nothing to divide by.
        own_mean = total(values) / tf.maximum(own, 1)
        spread = total(tf.math.squared_difference(values, tf.cast(own_mean, tf.float32)))
        mine = tf.concat([own_mean, spread, [own]], axis=0)
        # Each adds its row to the others' zeros: all have every row, by one message.
        rows = _sum(tf.one_hot(rank, world, dtype=tf.float64)[:, tf.newaxis] * mine)
        means, spreads, counts = tf.split(rows, [channels, channels, 1], axis=1)
        count = tf.reduce_sum(counts)
        exact_mean = tf.reduce_sum(counts * means, axis=0) / count
        between = tf.reduce_sum(counts * tf.math.squared_difference(means, exact_mean), axis=0)
        exact = (tf.reduce_sum(spreads, axis=0) + between) / count
        mean, variance = tf.cast(exact_mean, tf.float32), tf.cast(exact, tf.float32)
        inverse = tf.cast(tf.math.rsqrt(exact + epsilon), tf.float32)
        factor = scale * inverse

        def back(slopes: tf.Tensor, *_: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            unit = (values - mean) * inverse
            of_offset, of_scale = total(slopes), total(slopes * unit)
            # Through mean and variance, every row reaches every worker's; those of scale and offset are
            # this worker's part, which the optimiser adds to the others'.
            shared = _sum(tf.concat([of_offset, of_scale], axis=0)) / count
            offsets, scales = tf.split(tf.cast(shared, tf.float32), 2)
            slope = factor * (slopes - offsets - unit * scales)
            return slope, tf.cast(of_scale, tf.float32), tf.cast(of_offset, tf.float32)

        outputs = values * factor + (offset - mean * factor)
        return (outputs, mean, variance, tf.cast(count, tf.float32)), back

    with_slopes: Callable[..., tuple[tf.Tensor, ...]] = tf.custom_gradient(apply)
    return with_slopes(tf.cast(inputs, tf.float32), gamma, beta)


def keep_average(pairs: Sequence[tuple[keras.Variable, tf.Tensor]]) -> None:
    """Assign to variables what is equal on every worker, without asking the others (chapter 8)."""

    def assign(strategy: tf.distribute.Strategy, *values: tf.Tensor) -> None:
        for (variable, _), value in zip(pairs, values, strict=True):
            strategy.extended.update(
                variable.value, lambda own, new: own.assign(new), args=(value,), group=False
            )

    tf.__internal__.distribute.interim.maybe_merge_call(
        assign, tf.distribute.get_strategy(), *(value for _, value in pairs)
    )


class _Dropout(keras.layers.Dropout):  # type: ignore[misc]  # Keras has no types
    """Leaves out the same numbers of a drawing whichever worker holds it."""

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training or not self.rate:
            return inputs
        rows, seed = _current[-1]
        kept = rows.uniform(inputs.shape[1:], seed) >= self.rate
        return tf.where(kept, inputs / (1 - self.rate), tf.zeros_like(inputs))


def flatten(model: keras.Model) -> Iterator[keras.Layer]:
    """Yield every layer, those of networks within the network too (chapter 8)."""
    for layer in model.layers:
        yield from flatten(layer) if isinstance(layer, keras.Model) else [layer]


class Shared:
    """A network with its optimiser as several workers train it, a step at a time (chapter 8).

    Parameters
    ----------
    team : Team
        Whose strategy's scope the network was built in.
    model : keras.Model
        Built, with an optimiser.
    losses : dict or loss
        As `keras.Model.compile` takes them, by output where there are several.
    weights : dict, optional
        Of the losses, by output.
    metrics : dict
        For each output, names out of ``"mse"`` and ``"accuracy"``.
    """

    def __init__(
        self,
        team: Team,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        losses: Any,
        weights: dict[str, float] | None,
        metrics: dict[str, list[str]],
    ) -> None:
        self.team, self.model, self.optimizer = team, model, optimizer
        self._losses = losses if isinstance(losses, dict) else {"": losses}
        self._weights, self._metrics = weights or {}, metrics
        for layer in flatten(model):
            if type(layer) is keras.layers.Dropout:
                layer.__class__ = _Dropout
        optimizer.build(model.trainable_variables)
        self._names = self._measured()

    def _measured(self) -> list[str]:
        """Name what `_step` sums up, as Keras names it in its history."""
        several = [f"{name}_loss" for name in self._losses if name]
        own = [
            f"{name}_{metric}" if name else metric
            for name, metrics in self._metrics.items()
            for metric in metrics
        ]
        return ["loss", *sorted(several + own)]

    def _terms(self, batch: Any, training: bool) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Compute this worker's part of the loss, and of what is told of it.

        Parts of all workers add up to what one worker would have: each is a sum over its own rows,
        over the count of all.
        """
        inputs, targets, *rest = batch
        weights = rest[0] if rest else {}
        outputs = self.model(inputs, training=training)
        if not isinstance(outputs, dict):
            outputs, targets, weights = {"": outputs}, {"": targets}, {"": None}
        rows = [tf.cast(tf.shape(outputs[name])[0], tf.float32) for name in self._losses]
        heavy = {
            name: tf.ones(tf.shape(outputs[name])[:1])
            if weights.get(name) is None
            else weights[name]
            for name in outputs
        }
        loads = [tf.reduce_sum(heavy[name]) for name in self._metrics]
        counts = _sum([*rows, *loads])
        of_rows = dict(zip(self._losses, counts[: len(rows)], strict=True))
        of_loads = dict(zip(self._metrics, counts[len(rows) :], strict=True))
        told: dict[str, tf.Tensor] = {}
        total = tf.constant(0.0)
        for name, loss in self._losses.items():
            each = _by_row(loss, targets[name], outputs[name]) * heavy[name]
            share = tf.reduce_sum(each) / tf.maximum(of_rows[name], 1)
            told[f"{name}_loss" if name else "loss"] = share
            total += self._weights.get(name, 1.0) * share
        told["loss"] = total
        for name, metrics in self._metrics.items():
            for metric in metrics:
                right = _METRICS[metric](targets[name], outputs[name])
                share = tf.reduce_sum(right * heavy[name]) / tf.maximum(of_loads[name], 1e-9)
                told[f"{name}_{metric}" if name else metric] = share
        return total, told

    def step(self, training: bool, spec: Any) -> Callable[[Any, Any, Any], tf.Tensor]:
        """Give the function that takes a batch through the network, and learns from it or not (chapter 8).

        Parameters
        ----------
        training : bool
            Whether the weights are moved.
        spec : structure
            What the batches are, as their dataset says it.

        Returns
        -------
        callable
            From this worker's rows of a batch, with the seed for what is left out, to the numbers that
            `names` names, of the whole batch, the same on every worker.
        """

        def own(held: Any, batch: Any, seed: tf.Tensor) -> tf.Tensor:
            _, whole, positions = held
            _current.append((Rows(whole, positions), seed))
            try:
                with tf.GradientTape() as tape:
                    loss, told = self._terms(batch, training)
                if training:
                    variables = self.model.trainable_variables
                    gradients = tape.gradient(loss, variables)
                    self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
                return _sum(tf.stack([tf.stop_gradient(told[name]) for name in self._names]))
            finally:
                _current.pop()

        def any_rows(one: tf.TensorSpec) -> tf.TensorSpec:
            return tf.TensorSpec([None, *one.shape[1:]] if one.shape.rank else [], one.dtype)

        held_spec, batch_spec = tf.nest.map_structure(any_rows, spec)

        def together(held: Any, batch: Any, seed: tf.Tensor) -> tf.Tensor:
            return self.team.strategy.run(own, args=(held, batch, seed))

        # One trace for every number of rows: workers that traced at different moments would wait for
        # each other's operations under other numbers, for ever. A seed may take 32 bits without a sign.
        signature = [held_spec, batch_spec, tf.TensorSpec([2], tf.int64)]
        traced: Callable[..., tf.Tensor] = tf.function(together, input_signature=signature)
        return traced

    @property
    def names(self) -> list[str]:
        """What the numbers of a step are called (chapter 8)."""
        return self._names

    def _variables(self) -> list[keras.Variable]:
        return [*self.model.variables, *self.optimizer.variables]

    def values(self) -> list[np.ndarray]:
        """Read all variables of the network, then the optimiser's (chapter 8)."""
        local = self.team.strategy.experimental_local_results
        return [np.asarray(local(one.value)[0]) for one in self._variables()]

    def assign(self, values: Sequence[np.ndarray]) -> None:
        """Put back what `values` gave (chapter 8)."""
        for one, value in zip(self._variables(), values, strict=True):
            one.assign(value)


def _by_row(loss: Any, wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
    """Give a loss of each row by itself."""
    function = keras.losses.get(loss)
    each = function.call(wanted, given) if hasattr(function, "call") else function(wanted, given)
    each = tf.cast(each, tf.float32)
    return (
        tf.reduce_mean(each, axis=list(range(1, each.shape.rank))) if each.shape.rank > 1 else each
    )


def _squared(wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(given - wanted), axis=(1, 2, 3))


def _right(wanted: tf.Tensor, given: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.equal(tf.cast(wanted, tf.int64), tf.argmax(given, axis=1)), tf.float32)


#: What is told of an output beside its loss.
_METRICS: dict[str, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "mse": _squared,
    "accuracy": _right,
}
