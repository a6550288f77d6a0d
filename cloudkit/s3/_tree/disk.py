"""A folder on this machine: what is in it, and changes that cannot leave it."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen

from cloudkit._core.deadline import check as check_deadline
from cloudkit.s3._tree.choice import Choice

# How files are named that are not complete yet.
_PART_NAME = ".cloudkit-{}.part"
_IS_PART = (".cloudkit-", ".part")
# Whether folders can be held open while something in them is changed: then nobody can put a link in their place.
_HOLDS_FOLDERS = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")


@frozen
class File:
    """A file in it.

    Attributes:
        name: Its path below the folder, with `/` on every system.
        path: Where it is.
        size: Bytes.
        modified: Seconds since 1970.
    """

    name: str
    path: Path
    size: int
    modified: float


@frozen
class Other:
    """What is in it and is no file to be moved.

    Attributes:
        name: Its path below the folder.
        path: Where it is.
        reason: What it is.
        folder: Whether more might be below it.
    """

    name: str
    path: Path
    reason: str
    folder: bool = False


@frozen
class Scanned:
    """All that is in a folder."""

    files: dict[str, File] = field(factory=dict[str, File])
    others: list[Other] = field(factory=list[Other])
    folders: list[str] = field(factory=list[str])


def scan(root: Path, choice: Choice, *, follow: bool = False) -> Scanned:
    """What is in a folder that `choice` takes. Nothing leaves it by a link, but with `follow`."""
    found = Scanned()
    _scan(root, "", choice, found, _Links(follow, (_identity(root),)))
    return found


@frozen
class _Links:
    follow: bool
    above: tuple[tuple[int, int], ...]

    def below(self, folder: Path) -> _Links | None:
        """The same for a folder in it; None if that is one of those above."""
        identity = _identity(folder)
        return None if identity in self.above else _Links(self.follow, (*self.above, identity))


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _scan(folder: Path, above: str, choice: Choice, found: Scanned, links: _Links) -> None:
    check_deadline()
    try:
        with os.scandir(folder) as entries:
            each = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if not above:
            raise
        found.others.append(
            Other(above[:-1], folder, f"a folder that cannot be read: {error.strerror}", True)
        )
        return
    for entry in each:
        name = above + entry.name
        if not choice.skips_folder(name):
            _note(entry, name, choice, found, links)


def _note(entry: os.DirEntry[str], name: str, choice: Choice, found: Scanned, links: _Links) -> None:
    path = Path(entry.path)

    def leave(reason: str, *, folder: bool = False) -> None:
        if folder or choice.takes(name):
            found.others.append(Other(name, path, reason, folder))

    if not _is_text(entry.name):
        leave("a name that is no UTF-8", folder=True)
        return
    if entry.is_symlink() and not links.follow:
        leave("a symbolic link", folder=True)
        return
    try:
        is_folder, status = entry.is_dir(), entry.stat()
    except OSError as error:
        leave(f"it cannot be read: {error.strerror}", folder=True)
        return
    if is_folder:
        below = links.below(path)
        if below is None:
            leave("a link to a folder that it is in", folder=True)
            return
        found.folders.append(name)
        _scan(path, f"{name}/", choice, found, below)
    elif not stat.S_ISREG(status.st_mode):
        leave("no file: a device, socket or pipe")
    elif entry.name.startswith(_IS_PART[0]) and entry.name.endswith(_IS_PART[1]):
        leave("left over of a download that was broken off")
    elif choice.takes(name):
        found.files[name] = File(name, path, status.st_size, status.st_mtime)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


class Disk:
    """Changes files below a folder. No part of a name is followed if it is a link, at the moment of the change.

    Args:
        root: The folder, which may itself be reached by links.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        """Make a file, complete or not at all; `fill` writes it.

        Raises:
            OSError: It cannot be written, or something is in the way.
        """
        *way, last = name.split("/")
        with self._folder(way, make=True) as folder:
            part = _PART_NAME.format(secrets.token_hex(8))
            try:
                with open(folder.path(part), "xb", opener=folder.opener) as file:
                    fill(file)
                folder.replace(part, last)
            except BaseException:
                with suppress(FileNotFoundError):
                    folder.unlink(part)
                raise

    def delete(self, name: str) -> None:
        """Delete a file, and the folders above it that are empty then."""
        *way, last = name.split("/")
        with self._folder(way) as folder:
            folder.unlink(last)
        while way:
            *way, last = way
            with self._folder(way) as folder:
                try:
                    folder.rmdir(last)
                except OSError:  # there is more in it
                    return

    @contextmanager
    def _folder(self, way: list[str], *, make: bool = False) -> Generator[_Folder]:
        if make:
            self._root.mkdir(parents=True, exist_ok=True)
        if not _HOLDS_FOLDERS:
            yield self._by_path(way, make=make)
            return
        held = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for name in way:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, dir_fd=held)
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=held)
                os.close(held)
                held = below
            yield _Folder(None, held)
        finally:
            os.close(held)

    def _by_path(self, way: list[str], *, make: bool) -> _Folder:
        folder = self._root
        for name in way:
            folder = folder / name
            if make:
                folder.mkdir(exist_ok=True)
            if folder.is_symlink():
                raise NotADirectoryError(f"{folder} is a symbolic link")
        return _Folder(folder, None)


@frozen
class _Folder:
    """A folder that is held open, or where that cannot be, its path."""

    _path: Path | None
    _held: int | None

    def path(self, name: str) -> str:
        return name if self._path is None else str(self._path / name)

    def opener(self, path: str, flags: int) -> int:
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666, dir_fd=self._held)

    def replace(self, source: str, target: str) -> None:
        os.replace(self.path(source), self.path(target), src_dir_fd=self._held, dst_dir_fd=self._held)

    def unlink(self, name: str) -> None:
        os.unlink(self.path(name), dir_fd=self._held)

    def rmdir(self, name: str) -> None:
        os.rmdir(self.path(name), dir_fd=self._held)
