"""Trains the two networks of a pipeline, from any `Drawings`, in epochs that can be resumed."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from .._locks import sole_writer
from ..drawings.canvas import IMAGE
from ..drawings.categories import ALL_CATEGORIES, resolve_categories
from ..errors import SettingError
from ._keras import keras
from ._keras import tensorflow as tf
from .batches import (
    VALIDATION_EPOCH,
    Augment,
    Prepare,
    augment,
    augment_jointly,
    augment_unmirrored,
    augmented,
    batches_by_epoch,
    drown,
    joint_parts,
)
from .checkpoints import read_checkpoint, read_log, read_state, resume, write_state
from .claims import claim, origin_of
from .config import TrainingConfig
from .course import Course, row_of
from .distributed import (
    TRAINED,
    Shared,
    Team,
    flatten,
    is_shared,
    keep_average,
    normalize,
)
from .export import fold_normalization, round_to_float16
from .networks import check_architectures, classifier_for, denoiser_for
from .optimizer import optimizer
from .origin import check_start, shipped_manifest
from .parts import parts_of
from .start import start_from_shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..drawings.collection import Drawings
    from .rows import Rows

#: Added to an image's mean squared error before its logarithm is taken; equals 27 dB.
_ERROR_FLOOR = 2e-3


@contextmanager
def in_precision(policy: str) -> Iterator[None]:
    """Build layers that compute in another precision; weights stay float32 in each."""
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


@keras.saving.register_keras_serializable("qdtools")  # type: ignore[untyped-decorator]  # Keras has no types
def logarithmic_error(clean: tf.Tensor, denoised: tf.Tensor) -> tf.Tensor:
    """Logarithm of each image's mean squared error, the PSNR turned into a loss (chapter 3).

    Where a plain mean over the batch is mostly about the noisiest images, this asks the same share
    less of each. `_ERROR_FLOOR` keeps nearly clean images from asking for perfection.

    Parameters
    ----------
    clean, denoised : Tensor, (batch, 28, 28, 1)
        Images in [0, 1].

    Returns
    -------
    Tensor, (batch,)
    """
    error = tf.reduce_mean(tf.square(clean - denoised), axis=(1, 2, 3))
    return tf.math.log(error + _ERROR_FLOOR)


@dataclass(frozen=True, eq=False)
class Run:
    """One training: on which drawings, how, where it is kept, who is told (chapters 3 to 5).

    Attributes
    ----------
    training, validation : Drawings
        Clean drawings, labelled ones for a classifier; noise is drawn anew in each epoch.
    config : TrainingConfig
        Architectures, epochs, rates, seed.
    folder : Path
        Where checkpoints and logs of the epochs are kept; a rerun goes on from there.
    echo : callable
        Receives one line after each epoch.
    denoising_loss : str or callable
        Of clean and denoised images, as Keras takes it, whenever a denoiser learns.
    team : Team, optional
        The workers that train together, of which worker 0 keeps checkpoints and logs; by default
        this process trains alone.

    Raises
    ------
    SettingError
        If the config names an unknown architecture.
    DataError
        If a category in focus is not among those of the training drawings.
    """

    training: Drawings
    validation: Drawings
    config: TrainingConfig
    folder: Path
    echo: Callable[[str], None] = print
    denoising_loss: str | Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = logarithmic_error
    team: Team | None = None

    def __post_init__(self) -> None:
        check_architectures(self.config)
        _focus_labels(self.training, self.config.focus)


def _fit(
    name: str,
    build: Callable[[], keras.Model],
    losses_and_metrics: dict[str, Any],
    prepare: Prepare,
    run: Run,
    augment: Augment | None = None,
    to_the_end: bool = False,
) -> keras.Model:
    """Train by the config's epochs and rate for `name`; return the epoch of the least validation loss.

    Each epoch is saved whole before the next starts, and a rerun goes on there. `build` gives the
    network, `losses_and_metrics` what Keras compiles it with, `prepare` what `batches_by_epoch` wants, and
    `augment` what is done to the images of a training batch before. `to_the_end` goes through all
    epochs and returns the last: where validation drawings are few, chance decides which is best.
    """
    if run.team is not None:
        return _fit_together(
            name, build, losses_and_metrics, prepare, run, run.team, augment, to_the_end
        )
    config = run.config
    course = Course(name, "keras", run, to_the_end)
    steps = _steps(name, run)

    def compiled() -> keras.Model:
        keras.utils.set_random_seed(config.seed)
        with in_precision(config.precision):
            model = build()
        model.compile(optimizer(course.rate, steps), **losses_and_metrics, jit_compile=False)
        return model

    held_out = batches_by_epoch(run.validation, config, prepare)(VALIDATION_EPOCH)
    batches_of = batches_by_epoch(run.training, config, augmented(prepare, augment))
    part = run.folder / "part.keras"
    course.go_on(read_log(course.log))
    done = len(course.rows)

    def resumed(epochs: int, loss: Any) -> keras.Model:
        return resume(course.checkpoint(epochs), course.sha256(epochs), loss)

    # By a run that was killed while it saved.
    for left in (part, course.log.with_name(f"{course.log.name}.part")):
        left.unlink(missing_ok=True)
    model = resumed(done, losses_and_metrics["loss"]) if done else compiled()
    with tqdm(desc=name, unit="step", disable=None) as bar:
        advance = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: bar.update())
        for epoch in range(done, course.epochs):
            if course.is_over(epoch):
                break
            for layer in flatten(model):  # a checkpoint does not hold what dropout draws next
                if hasattr(layer, "seed_generator"):
                    layer.seed_generator.state.assign([config.seed, epoch])
            batches = batches_of(epoch)
            bar.total, bar.n = course.epochs * len(batches), epoch * len(batches)
            begun = time.process_time()
            history = model.fit(
                batches, validation_data=held_out, shuffle=False, verbose=0, callbacks=[advance]
            ).history
            row = row_of(epoch, begun, {key: values[-1] for key, values in history.items()})
            try:
                model.save(part)
                part.replace(course.checkpoint(epoch + 1))
            finally:  # what Ctrl-C or a full disk left of it
                part.unlink(missing_ok=True)
            course.note(row)
            course.keep(row)
    return resumed(course.best(), None)


def _fit_together(
    name: str,
    build: Callable[[], keras.Model],
    losses_and_metrics: dict[str, Any],
    prepare: Prepare,
    run: Run,
    team: Team,
    augment: Augment | None,
    to_the_end: bool,
) -> keras.Model:
    """Train as `_fit` does, as one worker of a team; every worker returns the same network.

    Worker 0 keeps what there is to keep, also within an epoch, in files that do not depend on how many
    workers there are. The others learn from it where to go on.
    """
    config = run.config
    course = Course(name, "npz", run, to_the_end)
    within = run.folder / f"{name}.step.npz"
    keras.utils.set_random_seed(config.seed)
    with team.strategy.scope(), in_precision(config.precision):
        shared = Shared(
            team,
            build(),
            optimizer(course.rate, _steps(name, run)),
            losses_and_metrics["loss"],
            losses_and_metrics.get("loss_weights"),
            losses_and_metrics.get("weighted_metrics") or {"": losses_and_metrics["metrics"]},
        )
    rows: list[dict[str, Any]] = []
    values, start, sums = shared.values(), 0, [0.0] * len(shared.names)
    if team.is_chief:
        rows = read_log(course.log)
        course.go_on(rows)
        if rows:
            values, _ = read_checkpoint(course.checkpoint(len(rows)), course.sha256(len(rows)))
        with suppress(SettingError):  # what was kept within an epoch is of no use after it
            later, note = read_state(within)
            if note["epoch"] == len(rows):
                values, start, sums = later, note["step"], note["sums"]
    rows, start, sums = team.tell([rows, start, sums])
    course.go_on(rows)
    done = len(rows)
    if done or start:
        shared.assign(team.share(values))
    training = batches_by_epoch(run.training, config, augmented(prepare, augment), team)
    held_out = batches_by_epoch(run.validation, config, prepare, team)(VALIDATION_EPOCH)
    learn = shared.step(True, training(0).element_spec)
    look = shared.step(False, held_out.element_spec)
    with (
        tqdm(desc=name, unit="step", disable=None if team.is_chief else True) as bar,
        team.watched() as here,
    ):
        for epoch in range(done, course.epochs):
            if course.is_over(epoch):
                break
            begun = time.process_time()
            batches = training(epoch)
            bar.total, bar.n = course.epochs * len(batches), epoch * len(batches) + start
            for step, (held, batch) in enumerate(batches.skip(start), start):
                # What one process draws for dropout, whose generator counts its steps.
                told = learn(held, batch, [config.seed, epoch + step]).numpy()
                here()
                bar.update()
                sums = [total + float(value) for total, value in zip(sums, told, strict=True)]
                team.note(
                    stage=name,
                    epoch=epoch,
                    step=step,
                    loss=float(told[0]),
                    drawings=held[0].numpy().tolist(),
                )
                if team.is_chief and (step + 1) % team.save_every == 0 and step + 1 < len(batches):
                    note = {"epoch": epoch, "step": step + 1, "sums": sums}
                    write_state(within, shared.values(), note)
                    team.note(event="saved", stage=name, epoch=epoch, step=step)
            means = [total / len(batches) for total in sums]
            start, sums = 0, [0.0] * len(shared.names)
            row = row_of(epoch, begun, dict(zip(shared.names, means, strict=True)))
            found, seen = np.zeros(len(shared.names)), 0
            for held, batch in held_out:
                found += look(held, batch, [0, 0]).numpy() * int(held[1])
                seen += int(held[1])
                here()
            row |= {
                f"val_{key}": round(float(mean), 5)
                for key, mean in zip(shared.names, found / seen, strict=True)
            }
            course.note(row)
            if team.is_chief:
                write_state(course.checkpoint(epoch + 1), shared.values(), {"epoch": epoch + 1})
                course.keep(row, within)
            team.note(event="epoch", stage=name, **row)
    best = course.best()
    values = shared.values()
    if team.is_chief:
        values, _ = read_checkpoint(course.checkpoint(best), course.sha256(best))
    shared.assign(team.share(values))
    return shared.model


def _steps(stage: str, run: Run) -> int:
    """Count the batches of all epochs of a stage."""
    epochs: int = getattr(run.config, f"{stage}_epochs")
    return epochs * max(1, len(run.training) // run.config.batch_size)


def _with_weights(model: keras.Model, trained: keras.Model) -> keras.Model:
    """Give a new network, of whatever precision and without an optimiser, those of a trained one."""
    model.set_weights(trained.get_weights())
    return model


def train_denoiser(run: Run) -> keras.Model:
    """Train a denoiser on noisy and clean pairs; labels are not used (chapter 3).

    Parameters
    ----------
    run : Run
        Whose noise is Gaussian at levels from 0 to 2.

    Returns
    -------
    keras.Model
        The trained network, uncompiled.
    """

    def prepare(
        images: tf.Tensor, labels: tf.Tensor, seed: tf.Tensor, rows: Rows
    ) -> tuple[Any, ...]:
        del labels
        return drown(images, seed, rows), images

    build = partial(denoiser_for, run.config)
    losses_and_metrics = {"loss": run.denoising_loss, "metrics": ["mse"]}
    trained = _fit("denoiser", build, losses_and_metrics, prepare, run)
    return _with_weights(build(), trained)


@keras.saving.register_keras_serializable("qdtools")
class _FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # as above
    """Batch normalisation whose training step is one fused kernel, twice as fast as Keras's own."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"autocast": False})

    def call(
        self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None
    ) -> tf.Tensor:
        if not training:
            return super().call(inputs, training=training, mask=mask)
        if is_shared():
            return self._together(inputs)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )[:3]
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + value * (1 - self.momentum))
        return outputs

    def _together(self, inputs: tf.Tensor) -> tf.Tensor:
        """Normalise by the moments of every worker's rows: by its own, each would learn another task."""
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        outputs, mean, variance, count = normalize(inputs, gamma, beta, self.epsilon)
        unbiased = variance * count / tf.maximum(count - 1, 1)  # as the fused kernel gives it
        moved = [
            (moving, moving * self.momentum + tf.stop_gradient(value) * (1 - self.momentum))
            for moving, value in ((self.moving_mean, mean), (self.moving_variance, unbiased))
        ]
        keep_average(moved)
        return tf.cast(outputs, inputs.dtype)


def _normalization(steps: int) -> Callable[[], keras.Layer]:
    """Give what makes the normalisation of a run of so many steps.

    Its running averages reach back 100 steps, as Keras's do, but in a short run no further than a
    fifteenth of it: averages over networks that are long gone would name nothing right.
    """
    return partial(_FusedBatchNormalization, momentum=1 - 1 / min(100, max(10, steps // 15)))


def _naming_losses() -> dict[str, keras.losses.Loss]:
    return {
        name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        for name in ("logits", "choice")
    }


def _focus_labels(drawings: Drawings, focus: tuple[str, ...]) -> list[int]:
    """Give the labels of the categories in focus, in the focus's order; of all where none is named."""
    names = drawings.categories
    if not focus:
        return list(range(len(names)))
    return [
        names.index(name) for name in resolve_categories(focus, names, "among those to train on")
    ]


def _repeated(drawings: Drawings, focus: tuple[str, ...], times: int) -> Drawings:
    """Repeat drawings in focus until each category has `times` as many as the largest of these.

    What the focus chooses among may be a sliver of all drawings. Weight alone would leave its share of
    a step's gradient to a dozen of them, and to chance; repeated, each is met in more noise. Where
    there are no others, nothing is repeated.
    """
    counts = np.bincount(drawings.labels, minlength=len(drawings.categories))
    labels = [label for label in _focus_labels(drawings, focus) if counts[label]]
    if len(labels) in (0, np.count_nonzero(counts)):
        return drawings
    parts = [np.flatnonzero(~np.isin(drawings.labels, labels))]
    parts += [
        np.resize(np.flatnonzero(drawings.labels == label), times * counts[labels].max())
        for label in labels
    ]
    return drawings[np.concatenate(parts)]


class _Targets:
    """The classifier's two losses: naming among all categories, choosing among those in focus.

    The second counts for drawings in focus only. Logits that rank well near the top of all leave a
    choice among a few, far below it, to chance.
    """

    def __init__(self, drawings: Drawings, focus: tuple[str, ...], weight: float) -> None:
        names = drawings.categories
        self._focus = _focus_labels(drawings, focus)
        counts = np.bincount(drawings.labels, minlength=len(names))
        # A category with ten times the drawings must not be guessed ten times as readily.
        balance = (np.median(counts) / np.maximum(counts, 1)).astype(np.float32)
        position, favour = np.zeros(len(names), np.int32), np.zeros(len(names), np.float32)
        position[self._focus] = np.arange(len(self._focus))
        # Among fewer categories those in focus have a larger share of the drawings as it is.
        favour[self._focus] = weight * len(names) / len(ALL_CATEGORIES)
        self._labels = {"logits": tf.range(len(names)), "choice": tf.constant(position)}
        self._weights = {"logits": tf.constant(balance), "choice": tf.constant(balance * favour)}

    def outputs(self, logits: keras.KerasTensor) -> dict[str, keras.KerasTensor]:
        """Give what the two losses look at."""
        choice = keras.ops.take(logits, self._focus, axis=1)
        return {
            name: keras.layers.Identity(name=name, dtype="float32")(values)
            for name, values in (("logits", logits), ("choice", choice))
        }

    def __call__(self, labels: tf.Tensor) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        """Give targets and weights of a batch."""
        targets, weights = (
            {name: tf.gather(values, labels) for name, values in table.items()}
            for table in (self._labels, self._weights)
        )
        return targets, weights


def train_classifier(run: Run, denoiser: keras.Model | None = None) -> keras.Model:
    """Train a classifier on the config's views of the drawings in equal parts (chapter 4).

    Meeting the denoiser's own output during training is what lets it read denoised drawings, whose
    mistakes look like nothing a person draws.

    Parameters
    ----------
    run : Run
        Whose drawings are labelled.
    denoiser : keras.Model, optional
        A trained denoiser, left as it is; needed where the views are denoised, too.

    Returns
    -------
    keras.Model
        Images to logits, uncompiled, with its batch normalisation.

    Raises
    ------
    SettingError
        If the views ask for a denoiser where none is given.
    """
    config, views = run.config, run.config.views
    if "denoised" in views and denoiser is None:
        raise SettingError(
            f"The views are {', '.join(views)}; give a trained denoiser, or leave denoised out."
        )
    denoise: Any = denoiser
    targets = _Targets(run.training, config.focus, config.favour)
    n_categories = len(run.training.categories)

    def prepare(
        images: tf.Tensor, labels: tf.Tensor, seed: tf.Tensor, rows: Rows
    ) -> tuple[Any, ...]:
        part = rows.whole // len(views)
        served = []
        for number, view in enumerate(views):
            last = number == len(views) - 1
            here, its_rows = rows.between(
                number * part, rows.whole if last else (number + 1) * part
            )
            own = images[here]
            if view != "clean":
                own = drown(own, seed + number, its_rows)
            served.append(denoise(own, training=False) if view == "denoised" else own)
        return tf.concat(served, axis=0), *targets(labels)

    normalization = _normalization(_steps("classifier", run))

    def build() -> keras.Model:
        network = classifier_for(config, n_categories, normalization)
        images = keras.Input(IMAGE)
        return keras.Model(images, targets.outputs(network(images)))

    losses_and_metrics = {"loss": _naming_losses(), "weighted_metrics": {"logits": ["accuracy"]}}
    trained = _fit("classifier", build, losses_and_metrics, prepare, run, augment)
    plain = classifier_for(config, n_categories, keras.layers.BatchNormalization)
    return _with_weights(plain, trained.get_layer("classifier"))


def train_jointly(
    run: Run, denoiser: keras.Model, classifier: keras.Model
) -> tuple[keras.Model, keras.Model]:
    """Tune both networks together: the denoiser also through the classifier's losses (chapter 5).

    Two thirds of the drawings go through the denoiser. One sixth the classifier meets clean and one
    noisy, augmented, so that it stays good without the denoiser, too. The denoiser's drawings are
    only mirrored: turned and scaled ones are soft, and a denoiser that learns to restore softness
    loses a decibel. Each epoch shows those of the categories in focus more than once.

    Parameters
    ----------
    run : Run
        Whose drawings are labelled.
    denoiser, classifier : keras.Model
        Networks of the config's architectures, trained by the other stages, left as they are.

    Returns
    -------
    denoiser, classifier : keras.Model
        Uncompiled copies.
    """
    config = run.config
    run = replace(run, training=_repeated(run.training, config.focus, config.joint_repeats))
    return _fit_both("joint", run, denoiser, classifier, augment_jointly)


def tune(
    run: Run, denoiser: keras.Model, classifier: keras.Model, mirrored: bool
) -> tuple[keras.Model, keras.Model]:
    """Tune both shipped networks on a reader's own drawings, as `train_jointly` does (chapter 7).

    There is no normalisation, which is folded into the shipped weights, and no epoch is the best but
    the last: the rate has fallen to nothing by then, and a reader's validation drawings are few.

    Parameters
    ----------
    run : Run
        Whose drawings are labelled.
    denoiser, classifier : keras.Model
        As `start_from_shipped` gives them, left as they are.
    mirrored : bool
        Whether a mirrored drawing is one of the same name, as is no letter.

    Returns
    -------
    denoiser, classifier : keras.Model
        Uncompiled copies.
    """
    config = replace(run.config, batch_size=run.config.tuning_batch_size)
    training = _repeated(run.training, config.focus, config.joint_repeats)
    run = replace(run, training=training, config=config)
    augment = augment_jointly if mirrored else augment_unmirrored
    return _fit_both("tuning", run, denoiser, classifier, augment, folded=True)


def _fit_both(
    name: str,
    run: Run,
    denoiser: keras.Model,
    classifier: keras.Model,
    augment: Augment,
    folded: bool = False,
) -> tuple[keras.Model, keras.Model]:
    """Train both networks as one, whose classifier has its normalisation folded in or not."""
    config = run.config
    # Of a few drawings, losses that say the same twice are learned by heart.
    all_alike = folded and len(config.focus) in (0, len(run.training.categories))
    targets = _Targets(run.training, config.focus, 0 if all_alike else config.joint_favour)
    n_categories = len(run.training.categories)

    def prepare(
        images: tf.Tensor, labels: tf.Tensor, seed: tf.Tensor, rows: Rows
    ) -> tuple[Any, ...]:
        parts = joint_parts(rows)
        first, (other, drowned) = parts.clean[0], parts.drowned
        noisy = drown(images[other], seed, drowned)
        served = parts.alone[0].stop - first.stop
        seen = tf.concat([images[first], noisy[:served]], axis=0)
        inputs = {"seen": seen, "noisy": noisy[served:]}
        clean = images[parts.denoised[0]]
        wanted, weights = targets(labels)
        ones = tf.ones(tf.shape(clean)[:1])
        return inputs, wanted | {"denoised": clean}, weights | {"denoised": ones}

    normalization = None if folded else _normalization(_steps(name, run))

    def build() -> keras.Model:
        first = _with_weights(denoiser_for(config), denoiser)
        second = _with_weights(classifier_for(config, n_categories, normalization), classifier)
        seen = keras.Input(IMAGE, name="seen")
        noisy = keras.Input(IMAGE, name="noisy")
        denoised = keras.layers.Identity(name="denoised", dtype="float32")(first(noisy))
        logits = second(keras.ops.concatenate([seen, denoised], axis=0))
        outputs = {"denoised": denoised} | targets.outputs(logits)
        return keras.Model({"seen": seen, "noisy": noisy}, outputs)

    losses_and_metrics = {
        "loss": _naming_losses() | {"denoised": run.denoising_loss},
        "loss_weights": {"logits": 1.0, "choice": 1.0, "denoised": config.denoising_weight},
        "weighted_metrics": {"logits": ["accuracy"], "denoised": ["mse"]},
    }
    trained = _fit(name, build, losses_and_metrics, prepare, run, augment, to_the_end=folded)
    kept = None if folded else keras.layers.BatchNormalization
    plain = classifier_for(config, n_categories, kept)
    return (
        _with_weights(denoiser_for(config), trained.get_layer("denoiser")),
        _with_weights(plain, trained.get_layer("classifier")),
    )


def train_pipeline(
    drawings: Drawings,
    folder: Path,
    config: TrainingConfig | None = None,
    echo: Callable[[str], None] = print,
    begin: Callable[[Drawings], None] = lambda _: None,
    team: Team | None = None,
) -> tuple[dict[str, tuple[keras.Model, keras.Model]], Drawings, Drawings]:
    """Train denoiser and classifier as the config says; what `qdtools train` does (chapter 5).

    From the shipped networks, both are tuned together. From scratch, they are trained one after the
    other, then tuned together.

    Parameters
    ----------
    drawings : Drawings
        All drawings; the config's shares for validation and test are split off first.
    folder : Path
        Where checkpoints and logs are kept. A run that was killed goes on after its last whole
        epoch; a folder of a run on other drawings or by another config is refused, and so is a
        second run at the same time.
    config : TrainingConfig, optional
        Start, architectures, focus, epochs, rates, shares, seed.
    echo : callable
        Receives one line after each epoch.
    begin : callable
        Receives the test drawings, once nothing is left to refuse and before anything is trained.
    team : Team, optional
        The workers that train together; only worker 0 of them writes into `folder`.

    Returns
    -------
    stages : dict
        Denoiser and classifier as they stand after each stage: ``"start"``, the shipped ones with a
        last layer for these names, ``"tuned"``, and ``"between"``, whose weights are the mean of both,
        of few drawings often the surest (Wortsman et al. 2022); from scratch ``"apart"``, and
        ``"joint"`` if the config has joint epochs. Normalisation is folded in, and the weights are
        rounded to what the graph holds.
    validation, test : Drawings
        Drawings kept out of training, those to choose by and those to score on.

    Raises
    ------
    SettingError
        If `folder` holds the checkpoints of a different run, or torn ones, or another run writes into
        it, or an architecture is unknown or not that of the shipped networks it is to start from.
    DataError
        If there is one category only, or one has too few drawings to validate and to score on, or one
        in focus has none.
    ModelError
        If training is to start from shipped networks that are missing or altered.
    """
    config = config or TrainingConfig()
    training, validation, test = parts_of(drawings, config)
    run = Run(training, validation, config, folder, echo, team=team)
    check_start(config)
    writes = team is None or team.is_chief
    with sole_writer(folder, "training") if writes else nullcontext():
        if writes:
            claim(folder, config, drawings, **origin_of(config, by_workers=team is not None))
            begin(test)
        trained = _tuned(run) if config.start == "shipped" else _from_scratch(run)
        if team is not None and writes:
            (folder / TRAINED).touch()
    portable = {name: _portable(config, *networks) for name, networks in trained.items()}
    return portable, validation, test


def _from_scratch(run: Run) -> dict[str, tuple[keras.Model, keras.Model]]:
    denoiser = train_denoiser(run)
    classifier = train_classifier(run, denoiser)
    stages = {"apart": (denoiser, classifier)}
    if run.config.joint_epochs:
        stages["joint"] = train_jointly(run, denoiser, classifier)
    return stages


def _tuned(run: Run) -> dict[str, tuple[keras.Model, keras.Model]]:
    start = start_from_shipped(run.training, run.config)
    known = set(run.training.categories) <= set(shipped_manifest()["categories"])
    tuned = tune(run, *start, mirrored=known)
    between = (
        denoiser_for(run.config),
        classifier_for(run.config, len(run.training.categories)),
    )
    for network, *ends in zip(between, start, tuned, strict=True):
        weights = zip(*(end.get_weights() for end in ends), strict=True)
        network.set_weights([(first + last) / 2 for first, last in weights])
    return {"start": start, "between": between, "tuned": tuned}


def _portable(
    config: TrainingConfig, denoiser: keras.Model, classifier: keras.Model
) -> tuple[keras.Model, keras.Model]:
    """Copy both networks as they are carried: normalisation folded in, weights rounded."""
    plain = classifier_for(config, classifier.output_shape[-1], normalization=None)
    first = _with_weights(denoiser_for(config), denoiser)
    return round_to_float16(first), round_to_float16(fold_normalization(classifier, plain))
