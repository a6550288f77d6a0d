"""A diagram as Mermaid text: https://mermaid.js.org/syntax/flowchart.html."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cloudkit.elb._drawing.palette import INK, PAINTS, Paint, paint_of
from cloudkit.elb._drawing.parts import Arrow, Box, Look, Role

# Wider than any line of ours: Mermaid shall not break lines again.
_HEAD = '%%{init: {"flowchart": {"wrappingWidth": 500}}}%%\nflowchart LR'
_SHAPES = {
    Role.CLIENTS: ('(["', '"])'),
    Role.BALANCER: ('["', '"]'),
    Role.LISTENER: ('["', '"]'),
    Role.RULE: ('["', '"]'),
    Role.GROUP: ('[["', '"]]'),
    Role.ANSWER: ('>"', '"]'),
    Role.TARGET: ('("', '")'),
}
_BAD_SHAPE = ('{{"', '"}}')
# What means something to Mermaid, or to the Markdown that it finds in labels, stands as its number. A full stop or a
# hyphen inside of a word means nothing, but for the "www." of an address.
_PLAIN = re.compile(
    r"[A-Za-z0-9 /]|(?<=[A-Za-z0-9])-(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?<!www)\.(?=[A-Za-z0-9])", re.I
)


def mermaid_of(boxes: Iterable[Box], arrows: Iterable[Arrow]) -> str:
    """The text, without a line feed at its end."""
    return "\n".join([_HEAD, *_lines(list(boxes), arrows)])


def _lines(boxes: list[Box], arrows: Iterable[Arrow]) -> Iterator[str]:
    for box in boxes:
        opening, closing = _BAD_SHAPE if box.look is Look.BAD else _SHAPES[box.role]
        text = "<br/>".join(escaped(line) for line, _ in box.lines)
        yield f"  {box.id}{opening}{text or ' '}{closing}:::{paint_of(box).name}"
    for arrow in arrows:
        label = f'|"{escaped(arrow.label)}"|' if arrow.label else ""
        yield f"  {arrow.start} -->{label} {arrow.end}"
    used = {paint_of(box) for box in boxes}
    yield from (_style(paint) for paint in PAINTS if paint in used)


def _style(paint: Paint) -> str:
    dashes = f",stroke-dasharray:{paint.dashes}" if paint.dashes else ""
    return (
        f"  classDef {paint.name} fill:{paint.fill},stroke:{paint.stroke},stroke-width:{paint.width:g}px,"
        f"color:{INK}{dashes}"
    )


def escaped(text: str) -> str:
    """The text for between two quotation marks of Mermaid's."""
    plain = {found.start() for found in _PLAIN.finditer(text)}
    return "".join(letter if place in plain else f"#{ord(letter)};" for place, letter in enumerate(text))
