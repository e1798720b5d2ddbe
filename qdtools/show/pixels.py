"""Pixels as the address of a picture that carries them itself."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np


def png_address(pixels: np.ndarray) -> str:
    """Pack pixels as a PNG in an address, for ``src`` or ``href``.

    Parameters
    ----------
    pixels : ndarray of uint8, (height, width) or (height, width, 4)
        Grey levels, or red, green, blue, alpha.

    Returns
    -------
    str
        ``data:image/png;base64,…``
    """
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
