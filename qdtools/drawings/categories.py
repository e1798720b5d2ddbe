"""Names of categories: all 345 of the data set, the look-up that forgives how people type them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .. import settings
from .._checks import is_name, names_in
from .._lists import join_names
from ..errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

#: The five categories of the original demo, in its order: what the chapters use unless told otherwise.
DEFAULT_CATEGORIES = ("pineapple", "cat", "fish", "cup", "jacket")

#: What is answered where a picture is like the drawings of no name.
NONE_OF_THESE = "none of these"

#: Most names that a refusal lists.
SHOWN = 10

# fmt: off
#: All category names, sorted.
ALL_CATEGORIES = (
    "The Eiffel Tower", "The Great Wall of China", "The Mona Lisa", "aircraft carrier", "airplane",
    "alarm clock", "ambulance", "angel", "animal migration", "ant", "anvil", "apple", "arm",
    "asparagus", "axe", "backpack", "banana", "bandage", "barn", "baseball", "baseball bat",
    "basket", "basketball", "bat", "bathtub", "beach", "bear", "beard", "bed", "bee", "belt",
    "bench", "bicycle", "binoculars", "bird", "birthday cake", "blackberry", "blueberry", "book",
    "boomerang", "bottlecap", "bowtie", "bracelet", "brain", "bread", "bridge", "broccoli", "broom",
    "bucket", "bulldozer", "bus", "bush", "butterfly", "cactus", "cake", "calculator", "calendar",
    "camel", "camera", "camouflage", "campfire", "candle", "cannon", "canoe", "car", "carrot",
    "castle", "cat", "ceiling fan", "cell phone", "cello", "chair", "chandelier", "church",
    "circle", "clarinet", "clock", "cloud", "coffee cup", "compass", "computer", "cookie", "cooler",
    "couch", "cow", "crab", "crayon", "crocodile", "crown", "cruise ship", "cup", "diamond",
    "dishwasher", "diving board", "dog", "dolphin", "donut", "door", "dragon", "dresser", "drill",
    "drums", "duck", "dumbbell", "ear", "elbow", "elephant", "envelope", "eraser", "eye",
    "eyeglasses", "face", "fan", "feather", "fence", "finger", "fire hydrant", "fireplace",
    "firetruck", "fish", "flamingo", "flashlight", "flip flops", "floor lamp", "flower",
    "flying saucer", "foot", "fork", "frog", "frying pan", "garden", "garden hose", "giraffe",
    "goatee", "golf club", "grapes", "grass", "guitar", "hamburger", "hammer", "hand", "harp",
    "hat", "headphones", "hedgehog", "helicopter", "helmet", "hexagon", "hockey puck",
    "hockey stick", "horse", "hospital", "hot air balloon", "hot dog", "hot tub", "hourglass",
    "house", "house plant", "hurricane", "ice cream", "jacket", "jail", "kangaroo", "key",
    "keyboard", "knee", "knife", "ladder", "lantern", "laptop", "leaf", "leg", "light bulb",
    "lighter", "lighthouse", "lightning", "line", "lion", "lipstick", "lobster", "lollipop",
    "mailbox", "map", "marker", "matches", "megaphone", "mermaid", "microphone", "microwave",
    "monkey", "moon", "mosquito", "motorbike", "mountain", "mouse", "moustache", "mouth", "mug",
    "mushroom", "nail", "necklace", "nose", "ocean", "octagon", "octopus", "onion", "oven", "owl",
    "paint can", "paintbrush", "palm tree", "panda", "pants", "paper clip", "parachute", "parrot",
    "passport", "peanut", "pear", "peas", "pencil", "penguin", "piano", "pickup truck",
    "picture frame", "pig", "pillow", "pineapple", "pizza", "pliers", "police car", "pond", "pool",
    "popsicle", "postcard", "potato", "power outlet", "purse", "rabbit", "raccoon", "radio", "rain",
    "rainbow", "rake", "remote control", "rhinoceros", "rifle", "river", "roller coaster",
    "rollerskates", "sailboat", "sandwich", "saw", "saxophone", "school bus", "scissors",
    "scorpion", "screwdriver", "sea turtle", "see saw", "shark", "sheep", "shoe", "shorts",
    "shovel", "sink", "skateboard", "skull", "skyscraper", "sleeping bag", "smiley face", "snail",
    "snake", "snorkel", "snowflake", "snowman", "soccer ball", "sock", "speedboat", "spider",
    "spoon", "spreadsheet", "square", "squiggle", "squirrel", "stairs", "star", "steak", "stereo",
    "stethoscope", "stitches", "stop sign", "stove", "strawberry", "streetlight", "string bean",
    "submarine", "suitcase", "sun", "swan", "sweater", "swing set", "sword", "syringe", "t-shirt",
    "table", "teapot", "teddy-bear", "telephone", "television", "tennis racquet", "tent", "tiger",
    "toaster", "toe", "toilet", "tooth", "toothbrush", "toothpaste", "tornado", "tractor",
    "traffic light", "train", "tree", "triangle", "trombone", "truck", "trumpet", "umbrella",
    "underwear", "van", "vase", "violin", "washing machine", "watermelon", "waterslide", "whale",
    "wheel", "windmill", "wine bottle", "wine glass", "wristwatch", "yoga", "zebra", "zigzag",
)
# fmt: on


def default_categories() -> tuple[str, ...]:
    """Read from ``QD_CATEGORIES`` which categories to use where none are named (chapter 1).

    Returns
    -------
    tuple of str
        The names between the variable's commas, as typed, of which ``all`` alone stands for all there
        are; the original demo's five unless it is set.
    """
    return settings.categories() or DEFAULT_CATEGORIES


def means_all(names: str | Iterable[str]) -> bool:
    """Tell whether what somebody typed as categories is the one word ``all`` (chapter 1)."""
    return [key_of(str(name)) for name in names_in(names)] == ["all"]


def category_of(path: Path) -> str:
    """Read the category from any file name under which such files are found (chapter 1).

    Parameters
    ----------
    path : Path
        ``<category>.npy``, ``full_numpy_bitmap_<category>.npy``, the same percent-encoded with
        slashes, with hyphens or spaces, or the like for strokes, simplified, raw, in Google's binary
        form, or for sketch-rnn; any number that a browser added, ``(1)``, counts for nothing.

    Returns
    -------
    str
        The category as the file spells it.

    Raises
    ------
    DataError
        If the name spells none.
    """
    name = path.name
    while (stem := _ENDS.sub("", name)) != name and stem:
        name = stem
    for _ in range(2):  # saved from an address that was encoded once more
        name = unquote(name)
    name = _FOLDERS.sub(r"\g<copy>", name.strip()).strip()
    original = name.replace("+", " ").removesuffix(".full")
    while original != (less := _COPY.sub("", original)):  # a copy of a copy
        original = less
    original = _NUMBER.sub("", original)
    if key_of(original) in _KNOWN:  # a category of one's own may end like a copy
        name = original
    # macOS takes "é" apart into two letters, which nobody types so.
    name = unicodedata.normalize("NFC", _NUMBERED.sub("", name).removesuffix(".full"))
    # Names are printed, and written into paths and manifests by those who train on them.
    if not is_name(name) or {"/", "\\"} & set(name):
        raise DataError(f"The file name {path.name!r} spells no category; rename or remove it.")
    return name


def key_of(name: str) -> str:
    """Give what makes ``coffee-cup``, ``Coffee_Cup`` and ``coffee cup`` one name (chapter 1)."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return " ".join(folded.replace("-", " ").replace("_", " ").split())


_KNOWN = {key_of(name) for name in ALL_CATEGORIES}
#: What names a form at the end of a file's name.
_ENDS = re.compile(r"\.(npy|npz|bin|ndjson|csv|gz)$", re.IGNORECASE)
#: What browsers add to the name of a file that is there already, and what file managers add to a copy's.
_NUMBERED = re.compile(r"(\s*\(\d{1,3}\))+$")
_COPIES = (
    r"(copy|kopie|copie|copia|cópia|kopia"  # codespell:ignore copie
    r"|kopi|kopya|kopio|másolat|копия|копія|αντίγραφο"
    r"|コピー|のコピー|副本|的副本|拷贝|的拷贝|複製|복사본|사본|עותק|نسخة)"
)
_COPY_OF = (
    r"((copy|kopie|copie|copia|cópia|còpia|kopia|kopi)"  # codespell:ignore copie
    r"( \(\d{1,3}\))? (of|von|van|de|di|av|af) |(копия|копія) )"
)
_COPY = re.compile(
    rf"^{_COPY_OF}"
    rf"|\s*\([^()]{{0,16}}{_COPIES}( \d{{1,3}})?\)$"  # "(another copy)", "(3rd copy)" of GNOME
    rf"|\s*( [-\u2013\u2014] |[ _-])?{_COPIES}([ -]\d{{1,3}})?$"
    r"|[ _-]*(_\d{1,3}_|[(\[\uff08]\d{1,3}[)\]\uff09])$",
    re.IGNORECASE,
)
#: Taken off once: of several numbers without brackets, who knows what they count.
_NUMBER = re.compile(r"[ _-]*([ -]\d{1,3})?$")
#: Google's folders, as browsers spell the slashes between them, behind what makes a copy of the whole name.
_FOLDERS = re.compile(
    rf"^(?P<copy>{_COPY_OF}*)(quickdraw[_ ]dataset[/:_ -])?"
    r"((full[/:_ -])?numpy[_ -]bitmap|full[/:_ -](simplified|raw|binary)|sketchrnn)[/:_ -]",
    re.IGNORECASE,
)


def _listed(available: Sequence[str]) -> str:
    """Say which names there are, where they are many the first of them."""
    if available is ALL_CATEGORIES:
        # Where a folder is set, the command alone lists what that holds.
        source = " --source google" if settings.data_dir() else ""
        return f"`qdtools categories{source}` lists the 345"
    shown = ", ".join(map(repr, available[:SHOWN]))
    more = len(available) - SHOWN
    return f"there are {shown}" + (f" and {more} more" if more > 0 else "")


def _apart(name: str, available: Sequence[str]) -> str:
    """Say how names are told from each other where one text holds what may be several."""
    if key_of(name) == "all":
        return "'all' means every name where it stands alone"
    holding = next((one for one in available if "," in one and key_of(name) in key_of(one)), None)
    if holding is not None:  # a comma within a name parts it
        another = [one for one in available if one != holding][:1]
        return (
            "a name with a comma stands in quotation marks, as in "
            f"'{join_names([holding, *another])}'"
        )
    keys = {key_of(one) for one in available}
    parts = [
        one.strip(" []()'\"")
        for one in re.split(r"[;/|\n\t\uff0c\u3001\uff1b]| and | und | et | y ", name)
    ]
    words = name.split()
    for one in (parts, words):
        if len(one) > 1 and all(key_of(part) in keys for part in one):
            return f"names stand between commas: {','.join(one)}"
    return ""


def resolve_categories(
    names: str | Iterable[str],
    available: Sequence[str] = ALL_CATEGORIES,
    where: str = "in Quick, Draw!",
    otherwise: str = "",
) -> tuple[str, ...]:
    """Bring category names as people type them to the spelling the data use (chapter 1).

    Parameters
    ----------
    names : str or iterable of str
        One name, several, or ``"all"``, also as the only one of several. Case is ignored, hyphens
        and underscores count as spaces.
    available : sequence of str
        The names to choose from; by default all 345 of the data set.
    where : str
        Where those names are, for a refusal.
    otherwise : str
        How other names may come there, for a refusal.

    Returns
    -------
    tuple of str
        The names in the order asked for.

    Raises
    ------
    DataError
        If a name is unknown (the nearest names are suggested, or what there is), named twice, or
        none is given, or what is no name.

    Examples
    --------
    >>> resolve_categories(["Coffee_Cup", "t-shirt"])
    ('coffee cup', 't-shirt')
    """
    names = names_in(names)
    if means_all(names) and "all" not in available:
        names = available
    by_key = {key_of(name): name for name in available}
    resolved: list[str] = []
    for name in names:
        found = by_key.get(key_of(str(name)))
        if found is None:
            near = difflib.get_close_matches(key_of(str(name)), by_key, n=3, cutoff=0.6)
            hint = (
                "the nearest are " + ", ".join(repr(by_key[key]) for key in near)
                if near
                else _listed(available)
            )
            hint = _apart(str(name), available) or hint
            ways = "; ".join([hint, otherwise] if otherwise else [hint])
            raise DataError(f"There is no category {str(name)!r} {where}; {ways}.")
        if found in resolved:
            raise DataError(f"The category {found!r} is named twice; name each once.")
        resolved.append(found)
    if not resolved:
        raise DataError(f"No category was named; name at least one, for example {available[0]!r}.")
    return tuple(resolved)
