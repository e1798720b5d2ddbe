"""What several tests share: a clean environment, real drawings in small, and networks trained on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import qdtools as qd

#: Real drawings for training, beside the checkout where they are present.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "quickdraw"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CATEGORIES", "DATA_DIR", "GOOGLE_URL", "MODELS_DIR", "RUN", "SAMPLE_DIR"):
        monkeypatch.delenv(f"QD_{name}", raising=False)


@pytest.fixture(scope="session")
def drawings() -> qd.Drawings:
    """The sample's five default categories, 100 drawings each."""
    return qd.load()


@pytest.fixture
def folder(tmp_path: Path, drawings: qd.Drawings) -> Path:
    """A folder of .npy files under each of Google's three names."""
    names = {
        "cat": "cat.npy",
        "fish": "full_numpy_bitmap_fish.npy",
        "cup": "full%2Fnumpy_bitmap%2Fcup.npy",
    }
    for category, name in names.items():
        np.save(tmp_path / name, drawings.only(category).pixels.reshape(-1, 784))
    return tmp_path


@pytest.fixture(scope="session")
def shipped() -> qd.Pipeline:
    """The weights in models/, choosing among the default five."""
    return qd.Pipeline.load(categories=qd.DEFAULT_CATEGORIES)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of training drawings, where it is present."""
    if not SHARED.is_dir():
        pytest.skip("the folder of training drawings is not beside this checkout")
    return SHARED
