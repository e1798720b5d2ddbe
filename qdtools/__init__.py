"""Helpers for the chapters of *Noisy Quick, Draw!*; each docstring names the chapter that explains it."""

from importlib import import_module
from typing import Any

#: Where each public name lives. Names are imported on first use, so that what needs no network does
#: not wait for TensorFlow.
_HOMES = {
    "ALL_CATEGORIES": "categories",
    "DEFAULT_CATEGORIES": "categories",
    "DataError": "errors",
    "Drawings": "data",
    "ImageError": "errors",
    "METHODS": "evaluation",
    "METHOD_NAMES": "figures",
    "ModelError": "errors",
    "NOISES": "noise",
    "Pipeline": "pipeline",
    "QdToolsError": "errors",
    "Recipe": "recipe",
    "SettingError": "errors",
    "accuracy_by_level": "figures",
    "accuracy_curves": "figures",
    "add_noise": "noise",
    "answer": "figures",
    "build_classifier": "networks",
    "build_denoiser": "networks",
    "category_colours": "figures",
    "confusion": "figures",
    "default_categories": "categories",
    "download": "google",
    "draw_strokes": "strokes",
    "evaluate": "evaluation",
    "explorer": "widgets",
    "gaussian": "noise",
    "grid": "figures",
    "interval": "evaluation",
    "keras": "_keras",
    "learning_curve": "figures",
    "load": "data",
    "make_queries": "queries",
    "median": "classical",
    "missing_strips": "noise",
    "paired_p_value": "evaluation",
    "panel_html": "widgets",
    "picture_steps": "pictures",
    "psnr": "evaluation",
    "read_image": "pictures",
    "read_manifest": "pipeline",
    "read_noisy": "pictures",
    "remove_offset": "classical",
    "read_strokes": "strokes",
    "resolve_categories": "categories",
    "run_size": "settings",
    "salt_and_pepper": "noise",
    "shipped_pipeline": "shipped",
    "speckle": "noise",
    "ssim": "evaluation",
    "total_variation": "classical",
    "train_pipeline": "training",
    "write_image": "pictures",
    "write_queries": "queries",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
