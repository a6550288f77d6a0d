"""Which keys may become files: nothing leaves the folder, and nothing writes over another."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from cloudkit.s3._limits import MAX_KEY_BYTES

_CONTROL = "a control character"
MAX_NAME_BYTES = 255  # of nearly all file systems
_DRIVE = re.compile(r"[A-Za-z]:")
_WINDOWS_SIGNS = re.compile(r'[<>:"|?*]')
_WINDOWS_NAMES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)


def key_refusal(key: str) -> str | None:
    """Why no object can have that key, or None if one can."""
    if len(key.encode()) > MAX_KEY_BYTES:
        return f"its key would be longer than {MAX_KEY_BYTES} bytes"
    return _CONTROL if _has_control_sign(key) else None


def _has_control_sign(text: str) -> bool:
    return any(unicodedata.category(sign) == "Cc" for sign in text)


def refusal(name: str, *, windows: bool = os.name == "nt") -> str | None:
    """Why a key cannot become a file of that name, or None if it can."""
    if "\\" in name:
        return "a backslash, which is a way into another folder on some systems"
    if _has_control_sign(name):
        return _CONTROL
    for part in name.split("/"):
        found = _part_refusal(part) or (_windows_refusal(part) if windows else None)
        if found is not None:
            return found
    return None


def _part_refusal(part: str) -> str | None:
    if not part:
        return "a part without a name, as in 'a//b'"
    if part in (".", ".."):
        return f"{part!r}, which is another folder"
    if _DRIVE.match(part):
        return f"{part[:2]!r}, which is a drive on Windows"
    try:
        size = len(os.fsencode(part))
    except UnicodeEncodeError:
        return "signs that file names here cannot have"
    return f"a name of {size} bytes, more than {MAX_NAME_BYTES}" if size > MAX_NAME_BYTES else None


def _windows_refusal(part: str) -> str | None:
    if part.endswith((".", " ")):
        return "a dot or space at its end, which Windows drops"
    if _WINDOWS_NAMES.fullmatch(part.rstrip()) is not None:
        return f"{part!r}, which is a device on Windows"
    found = _WINDOWS_SIGNS.search(part)
    return None if found is None else f"{found[0]!r}, which Windows takes in no name"


class Names:
    """The files that are to be in a folder, told apart as its disk does.

    Args:
        taken: Names of what is there already, of folders too.
        folding: Whether the disk takes `A` and `a` for the same.
    """

    def __init__(self, taken: Iterable[str] = (), *, folding: bool = False) -> None:
        self._folding = folding
        self._files: set[str] = set()
        self._spelled: dict[str, str] = {}
        for name in taken:
            self._spelled.setdefault(self.folded(name), name)

    def add(self, name: str) -> str | None:
        """Take a name in, in the order of the keys; or say why it cannot be there beside the others."""
        way = [name[:end] for end in range(len(name)) if name[end] == "/"]
        for above in way:
            if self.folded(above) in self._files:
                return f"{above!r} is an object too, and a file cannot be a folder"
        for each in (*way, name) if self._folding else ():
            other = self._spelled.get(self.folded(each), each)
            if other != each:
                return f"{other!r} differs from it in case alone, which is the same file here"
        for each in (*way, name) if self._folding else ():
            self._spelled[self.folded(each)] = each
        self._files.add(self.folded(name))
        return None

    def folded(self, name: str) -> str:
        """What all names of the same file have in common."""
        return unicodedata.normalize("NFC", name).casefold() if self._folding else name


def folds_case(folder: Path) -> bool:
    """Whether the disk that the folder is on, or will be on, takes `A` and `a` for the same."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    for part in (there, *there.parents):
        other = part.with_name(part.name.swapcase()) if part.name else part
        if other != part:
            return other.exists() and os.path.samefile(part, other)
    return sys.platform in ("win32", "darwin")
