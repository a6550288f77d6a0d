"""`open` of an object: the layers between its bytes and the caller's text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TextIO, cast

from cloudkit._core.params import one_of
from cloudkit.errors import InvalidRequest
from cloudkit.s3._files.compression import PackedWriter, packing_of, unpacked
from cloudkit.s3._files.reader import ObjectReader
from cloudkit.s3._files.writer import ObjectWriter, TextWriter
from cloudkit.s3._limits import READ_BUFFER_BYTES
from cloudkit.s3._options import WriteOptions, write_params

if TYPE_CHECKING:
    from cloudkit.s3.object import Object

MODES = ("r", "rt", "rb", "w", "wt", "wb", "x", "xt", "xb")
# What `compression` is where nothing is given: text in a packed file is what is meant, and bytes are bytes.
BY_MODE: Literal["by mode"] = "by mode"


def opened(
    thing: Object,
    mode: str,
    options: WriteOptions,
    *,
    encoding: str,
    errors: str | None,
    newline: str | None,
    compression: str | None,
    size: int | None = None,
) -> TextIO | BinaryIO:
    """The object as a file."""
    one_of("mode", mode, MODES)
    binary = mode.endswith("b")
    if binary and (errors is not None or newline is not None):
        raise InvalidRequest("errors= and newline= are for text", hint=f"open({mode[0]!r}, ...)")
    if compression == BY_MODE:
        compression = None if binary else "auto"
    packing = packing_of(thing.key, compression)
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
