"""Helpers for the chapters of *Noisy Quick, Draw!*; each docstring names the chapter that explains it."""

from importlib import import_module
from typing import Any

#: Where each public name lives. Names are imported on first use, so that what needs no network does
#: not wait for TensorFlow.
_HOMES = {
    "ALL_CATEGORIES": "categories",
    "DAMAGES": "noise",
    "DEFAULT_CATEGORIES": "categories",
    "DataError": "errors",
    "Drawings": "data",
    "ImageError": "errors",
    "METHODS": "evaluation",
    "METHOD_NAMES": "figures",
    "Method": "evaluation",
    "ModelError": "errors",
    "NOISES": "noise",
    "Pipeline": "pipeline",
    "QdToolsError": "errors",
    "Recipe": "recipe",
    "SIGNIFICANT": "tables",
    "SettingError": "errors",
    "accuracy_by_level": "figures",
    "accuracy_curves": "figures",
    "add_noise": "noise",
    "answer": "figures",
    "blur": "noise",
    "build_autoencoder": "networks",
    "build_classifier": "networks",
    "build_denoiser": "networks",
    "category_colours": "figures",
    "comparison": "tables",
    "condition": "tables",
    "confusion": "figures",
    "default_categories": "categories",
    "download": "google",
    "draw_strokes": "strokes",
    "evaluate": "evaluation",
    "evaluate_by_category": "evaluation",
    "explorer": "widgets",
    "export_graph": "export",
    "gaussian": "noise",
    "grid": "figures",
    "interval": "evaluation",
    "keras": "_keras",
    "learning_curve": "figures",
    "load": "data",
    "load_network": "pipeline",
    "make_queries": "queries",
    "level_slider": "widgets",
    "marking": "widgets",
    "median": "classical",
    "missing_strips": "noise",
    "models_dir": "settings",
    "multiply_adds": "export",
    "non_local_means": "classical",
    "p_value_text": "tables",
    "paired_p_value": "evaluation",
    "panel_html": "widgets",
    "picture_steps": "pictures",
    "poisson": "noise",
    "psnr": "evaluation",
    "read_image": "pictures",
    "read_manifest": "pipeline",
    "read_noisy": "pictures",
    "read_strokes": "strokes",
    "remove_offset": "classical",
    "resolve_categories": "categories",
    "rival": "evaluation",
    "run_size": "settings",
    "salt_and_pepper": "noise",
    "save_pipeline": "pipeline",
    "shipped_pipeline": "shipped",
    "speckle": "noise",
    "ssim": "evaluation",
    "thin_pen": "noise",
    "total_variation": "classical",
    "train_pipeline": "training",
    "training_curves": "figures",
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
