"""Unpacks plain textures of DirectX (DDS) at once, which Pillow does pixel by pixel, 4 s a million."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from typing import IO, Any

    from PIL.ImageFile import ImageFile

#: Pixels that are unpacked at once.
_STRIP = 1_000_000


def is_plain(picture: ImageFile) -> bool:
    """Tell whether an opened picture is a texture whose masks cut colours out of bits (chapter 5)."""
    if not picture.tile:
        return False
    args: Any = picture.tile[0].args
    return picture.tile[0].codec_name == "dds_rgb" and 8 <= args[0] <= 32


def unpack(picture: ImageFile, file: IO[bytes]) -> Image.Image:
    """Unpack a plain texture as Pillow would (chapter 5).

    Parameters
    ----------
    picture : Pillow image
        Opened, not loaded.
    file : open binary file
        Of which it was opened; left where Pillow left it, at the first pixel.

    Returns
    -------
    Pillow image
        Of the same size and mode.

    Raises
    ------
    EOFError
        If pixels are missing.
    """
    args: Any = picture.tile[0].args
    bits, masks = args
    size, count = bits // 8, picture.width * picture.height
    channels = np.zeros((count, len(masks)), np.uint8)
    for start in range(0, count, _STRIP):
        many = min(_STRIP, count - start)
        content = file.read(size * many)
        if len(content) < size * many:
            raise EOFError("pixels are missing")
        values = np.zeros((many, 4), np.uint8)
        values[:, :size] = np.frombuffer(content, np.uint8).reshape(many, size)
        whole = values.view("<u4")[:, 0]
        for channel, mask in enumerate(masks):
            if mask:
                lowest = mask & -mask
                part = (whole & np.uint32(mask)) // np.uint32(lowest)
                channels[start : start + many, channel] = part / (mask // lowest) * 255
    return Image.frombytes(picture.mode, picture.size, channels.data)
