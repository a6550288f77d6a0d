"""`open` of an object: the layers between its bytes and the caller's text."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TextIO, cast

from cloudkit._core.params import one_of
from cloudkit.errors import InvalidRequest
from cloudkit.s3._files.compression import PackedWriter, packing_of, unpacked
from cloudkit.s3._files.reader import ObjectReader
from cloudkit.s3._files.writer import ObjectWriter, TextWriter
from cloudkit.s3._given import whole
from cloudkit.s3._limits import READ_BUFFER_BYTES
from cloudkit.s3._options import WriteOptions, write_params

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

MODES = ("r", "rt", "rb", "w", "wt", "wb", "x", "xt", "xb")
_NEWLINES = (None, "", "\n", "\r", "\r\n")
_TEXT = "utf-8"
# What `compression` is where nothing is given: text in a packed file is what is meant, and bytes are bytes.
BY_MODE: Literal["by mode"] = "by mode"


def opened(
    thing: ObjectAddress,
    mode: str,
    options: WriteOptions,
    *,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
    compression: str | None,
    size: int | None = None,
) -> TextIO | BinaryIO:
    """The object as a file."""
    _check_mode(mode)
    binary = mode.endswith("b")
    if binary and not (encoding is None and errors is None and newline is None):
        raise InvalidRequest("encoding=, errors= and newline= are for text", hint=f"open({mode[0]!r}, ...)")
    if newline not in _NEWLINES:
        raise InvalidRequest(f"newline={newline!r}: it is one of {', '.join(map(repr, _NEWLINES))}")
    encoding = checked_encoding(_TEXT if encoding is None else encoding, errors)
    if compression == BY_MODE:
        compression = None if binary else "auto"
    packing = packing_of(thing.key, compression)
    if size is not None:
        whole("size", size)
    if size is not None and (not binary or packing is not None or mode.startswith("r")):
        raise InvalidRequest("size= is of bytes that are written as they are", hint="open('wb', size=...)")
    if mode.startswith("r"):
        if options:
            raise InvalidRequest(f"{', '.join(options)}: for writing only", hint="open('w') or open('wb')")
        reader: io.BufferedReader[Any] = io.BufferedReader(ObjectReader(thing), READ_BUFFER_BYTES)
        if packing is not None:
            reader = unpacked(reader, packing, str(thing))
        return reader if binary else io.TextIOWrapper(reader, encoding, errors, newline)
    if mode.startswith("x"):
        options = {**options, "if_absent": True}
    writer: Any = ObjectWriter(thing, write_params(thing, options), size=size)
    if packing is not None:
        writer = PackedWriter(writer, packing)
    if binary:
        return cast("BinaryIO", writer)
    # Line ends stay as they are written, on every system.
    return TextWriter(writer, encoding, errors, "\n" if newline is None else newline)


def checked_encoding(encoding: str, errors: str | None = None) -> str:
    """The encoding, if Python knows it, and what to do with what does not fit, too.

    Raises:
        InvalidRequest: It does not.
    """
    try:
        codecs.lookup(encoding)
    except (LookupError, TypeError, ValueError):
        raise InvalidRequest(f"encoding={encoding!r} is none that Python knows", hint="'utf-8'") from None
    try:
        codecs.lookup_error("strict" if errors is None else errors)
    except (LookupError, TypeError, ValueError):
        raise InvalidRequest(
            f"errors={errors!r} is no way that Python knows", hint="'strict', 'replace' or 'ignore'"
        ) from None
    return encoding


def _check_mode(mode: str) -> None:
    if mode in MODES:
        return
    if isinstance(mode, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        if "a" in mode:
            raise InvalidRequest(
                f"mode={mode!r}: S3 appends nothing to an object, it is written as a whole",
                hint="read it and write it again, with if_match=; or write a new object each time",
            )
        if "+" in mode:
            raise InvalidRequest(
                f"mode={mode!r}: S3 changes nothing within an object, it is read or written",
                hint="download(path) it, change the file, and upload(path); JSON by object.edit()",
            )
    one_of("mode", mode, MODES)
