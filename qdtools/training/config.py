"""What decides, besides the drawings, how trained weights come out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._checks import check_seed, check_shares
from .._lists import split_names
from ..drawings.categories import default_categories, means_all, resolve_categories
from ..errors import DataError, ModelError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: What layers can compute in. The first is half the work where the processor knows it, and slow elsewhere.
TRAINING_PRECISIONS = ("mixed_bfloat16", "float32")
#: What training starts from: the shipped networks, which are tuned, or the same layers untrained.
STARTS = ("shipped", "scratch")
#: What an epoch has in equal parts: all drawings, each once, or all categories.
MIXES = ("drawings", "categories")
#: Validation is drawn as if it were the epoch after the last that there can be.
MOST_EPOCHS = 1_000_000
#: More filters, or drawings a step, than any memory holds.
_WIDEST, _LARGEST_BATCH = 4096, 2**20
#: How a classifier meets drawings in training.
VIEWS = ("clean", "noisy", "denoised")


def fastest_precision() -> str:
    """Return ``"mixed_bfloat16"`` if Linux says that the processor computes in it, else ``"float32"``.

    A manifest's command names the precision that was used (chapter 4).
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        flags = []
    return "mixed_bfloat16" if {"avx512_bf16", "amx_bf16"} & set(flags) else "float32"


def default_focus(available: Sequence[str]) -> tuple[str, ...]:
    """Give those of the reader's default categories that there are (chapter 5).

    Parameters
    ----------
    available : sequence of str
        Categories of the drawings.

    Returns
    -------
    tuple of str
        In the spelling of `available`; none where ``QD_CATEGORIES`` says ``all``, or where fewer than
        two are there, since one is no choice.
    """
    if means_all(default_categories()):
        return ()
    found: list[str] = []
    for name in default_categories():
        with suppress(DataError):
            found += resolve_categories([name], available)
    names = tuple(dict.fromkeys(found))
    return names if len(names) > 1 else ()


def _parts(text: str) -> tuple[str, ...]:
    return tuple(split_names(text))


def _parts_or_all(text: str) -> tuple[str, ...]:
    names = _parts(text)
    return () if means_all(names) else names


def _setting(
    default: Any,
    text: str,
    *,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    option: str | None = None,
    choices: tuple[str, str] | None = None,
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """Make a field of the config with all that the command line needs for an option.

    `text` is its help; the value is at least `least` or greater than `above`, and at most `most`;
    `option` is what it is called there, by default as the field; `choices` names a module and a table
    in it, whose keys may be chosen among; `parse` makes the value of what was typed, by default the
    value's own type does.
    """
    about = {
        "help": text,
        "least": least,
        "most": most,
        "above": above,
        "option": option,
        "choices": choices,
        "parse": parse,
    }
    return field(default=default, metadata={k: v for k, v in about.items() if v is not None})


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)


def _names(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(name, str) for name in value)


#: By the type of a field, what its values are, in words, with what knows them.
_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "int": ("a whole number", _whole),
    "float": ("a number", _number),
    "str": ("a name", lambda value: isinstance(value, str)),
    "tuple[str, ...]": ("a tuple of names", _names),
}
#: By what a field's metadata calls a bound, whether a value keeps it, with the words of a refusal.
_BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "least": (lambda value, bound: value >= bound, "at least"),
    "most": (lambda value, bound: value <= bound, "at most"),
    "above": (lambda value, bound: value > bound, "more than"),
}


@dataclass(frozen=True)
class TrainingConfig:
    """What, besides the drawings, decides how trained weights come out (chapters 3 and 4).

    What each field means, with its unit, stands in its own help, which ``qdtools train --help``
    prints, too: every field is an option there. The defaults tune the shipped networks; the rest of
    them made these, by ``start="scratch"``, but for `focus` and `precision`.

    Raises
    ------
    SettingError
        If a value is outside what it may be.
    """

    start: str = _setting(
        "shipped",
        "what training starts from: the shipped networks, which are tuned together, or untrained ones, "
        "which learn apart and then together",
        option="--from",
        choices=(".training.config", "STARTS"),
    )
    mix: str = _setting(
        "drawings",
        "what an epoch meets alike often: drawings, each once; or categories, of which the smaller ones "
        "are repeated, in other noise each time, until each has as many drawings as the largest",
        choices=(".training.config", "MIXES"),
    )
    denoiser: str = _setting(
        "unet", "architecture of the denoiser", choices=(".training.architectures", "DENOISERS")
    )
    denoiser_width: int = _setting(
        48, "filters of the denoiser's first layer", least=1, most=_WIDEST
    )
    classifier: str = _setting(
        "cnn", "architecture of the classifier", choices=(".training.architectures", "CLASSIFIERS")
    )
    classifier_width: int = _setting(
        16, "filters of the classifier's first layer", least=1, most=_WIDEST
    )
    views: tuple[str, ...] = _setting(
        VIEWS,
        "what the classifier meets in equal parts while it learns apart, some of "
        f"{', '.join(VIEWS)}",
        parse=_parts,
    )
    focus: tuple[str, ...] = _setting(
        (),
        'categories among which the choice matters most, or "all" for all of them alike',
        parse=_parts_or_all,
    )
    denoiser_epochs: int = _setting(
        40, "most passes of the denoiser over the training drawings", least=1, most=MOST_EPOCHS
    )
    classifier_epochs: int = _setting(
        52, "most passes of the classifier", least=1, most=MOST_EPOCHS
    )
    joint_epochs: int = _setting(
        20,
        "most passes of both networks together; 0 leaves that stage out",
        least=0,
        most=MOST_EPOCHS,
    )
    tuning_epochs: int = _setting(
        40, "passes of both shipped networks while they are tuned", least=1, most=MOST_EPOCHS
    )
    batch_size: int = _setting(256, "drawings a step", least=1, most=_LARGEST_BATCH)
    tuning_batch_size: int = _setting(
        32, "drawings a step while the shipped networks are tuned", least=1, most=_LARGEST_BATCH
    )
    denoiser_rate: float = _setting(
        5e-3,
        "highest learning rate of the denoiser, from which it falls along half a cosine",
        above=0,
    )
    classifier_rate: float = _setting(5e-3, "highest learning rate of the classifier", above=0)
    joint_rate: float = _setting(1e-3, "highest learning rate of both together", above=0)
    tuning_rate: float = _setting(
        3e-4, "highest learning rate of both shipped networks while they are tuned", above=0
    )
    denoising_weight: float = _setting(
        2.0,
        "weight of the denoiser's own loss beside the classifier's two while both are tuned",
        least=0,
    )
    favour: float = _setting(
        8.0,
        "weight of the loss of choosing among the categories in focus, for drawings of these, while "
        "the classifier learns apart, if there are all 345 categories; less among fewer, in "
        "proportion",
        least=0,
    )
    joint_favour: float = _setting(128.0, "the same while both are tuned", least=0)
    joint_repeats: int = _setting(
        2,
        "while both are tuned, an epoch repeats drawings in focus, in other noise each time, until "
        "each such category has this many times as many as the largest of them",
        least=1,
        most=1000,
    )
    patience: int = _setting(
        8, "epochs without a lower validation loss after which a stage ends early", least=0
    )
    precision: str = _setting(
        "float32",
        "what layers compute in while they are trained",
        choices=(".training.config", "TRAINING_PRECISIONS"),
    )
    validation: float = _setting(0.05, "share of each category kept to choose by", above=0)
    test: float = _setting(0.05, "share of each category kept to score on", above=0)
    seed: int = _setting(
        0, "seeds split, weights, order, noise, augmentation", most=2**32 - 1, parse=check_seed
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            kind, known = _KINDS[str(one.type)]
            if not known(value):
                raise SettingError(f"{one.name} is {value!r}; give {kind}.")
            for bound, (fits, words) in _BOUNDS.items():
                if bound in one.metadata and not fits(value, one.metadata[bound]):
                    raise SettingError(
                        f"{one.name} is {value}; give {words} {one.metadata[bound]}."
                    )
        check_seed(self.seed)
        check_shares(self.validation, self.test)
        tables = {"start": STARTS, "mix": MIXES, "precision": TRAINING_PRECISIONS}
        for name, table in tables.items():
            if getattr(self, name) not in table:
                raise SettingError(
                    f"There is no {name} {getattr(self, name)!r}; choose among {', '.join(table)}."
                )
        if not self.views or set(self.views) - set(VIEWS):
            raise SettingError(
                f"The views are {', '.join(map(repr, self.views)) or 'none'}; "
                f"name some of {', '.join(VIEWS)}."
            )
        if len(self.focus) == 1:
            raise SettingError(
                f"Only {self.focus[0]!r} is in focus, which leaves nothing to choose; name two "
                "categories or more, or none for all of them alike."
            )

    def fitting(self, categories: Sequence[str]) -> TrainingConfig:
        """Spell the categories in focus as the drawings do (chapter 5).

        Parameters
        ----------
        categories : sequence of str
            Those of the drawings.

        Returns
        -------
        TrainingConfig
            The same but for the spelling.

        Raises
        ------
        DataError
            If a category in focus is not among them, or is named twice.
        """
        focus = (
            resolve_categories(self.focus, categories, "among those to train on")
            if self.focus
            else ()
        )
        return replace(self, focus=focus)


def trained_with(manifest: Mapping[str, Any]) -> TrainingConfig:
    """Read from a manifest how its weights were trained (chapter 5).

    Parameters
    ----------
    manifest : mapping
        As `qdtools.read_manifest` gives it.

    Raises
    ------
    ModelError
        If the manifest does not say it, or in other words than this version's.
    SettingError
        If it holds a value outside what it may be.
    """
    try:
        # Of old, there was no other start.
        values: dict[str, Any] = {"start": "scratch", **manifest["config"]}
        lists = {name: tuple(values[name]) for name in ("views", "focus")}  # JSON knows no tuples
        return TrainingConfig(**values | lists)
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"The manifest does not say how its weights were trained ({error}); train anew with "
            "`qdtools train`."
        ) from error
