"""The colours of boxes, in the text and in the picture alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from cloudkit.elb._drawing.parts import Box, Look, Role

INK = "#202124"
LINE = "#5f6368"
PAPER = "#ffffff"


@frozen
class Paint:
    """How a box is painted.

    Attributes:
        name: What the text calls it.
        fill: Its ground.
        stroke: Its border.
        width: How wide the border is, in pixels.
        dashes: How the border is broken, as in SVG; empty for not at all.
    """

    name: str
    fill: str
    stroke: str
    width: float = 1.0
    dashes: str = ""


_ROLES: Mapping[Role, Paint] = MappingProxyType(
    {
        Role.CLIENTS: Paint("clients", "#f1f3f4", "#5f6368"),
        Role.BALANCER: Paint("balancer", "#e8eaf6", "#3949ab", 1.5),
        Role.LISTENER: Paint("listener", "#e8f0fe", "#1967d2"),
        Role.RULE: Paint("rule", "#f3e8fd", "#8430ce"),
        Role.GROUP: Paint("group", "#e4f7fb", "#007b83"),
        Role.ANSWER: Paint("answer", "#fef7e0", "#8a6100"),
        Role.TARGET: Paint("target", "#ffffff", "#5f6368"),
    }
)
_LOOKS: Mapping[Look, Paint] = MappingProxyType(
    {
        Look.GOOD: Paint("good", "#e6f4ea", "#137333"),
        Look.WAITING: Paint("waiting", "#fef7e0", "#b06000", 1.5, "6 3"),
        Look.BAD: Paint("bad", "#fce8e6", "#c5221f", 2.0),
        Look.AWAY: Paint("away", "#f1f3f4", "#5f6368", 1.0, "2 3"),
    }
)
PAINTS = (*_ROLES.values(), *_LOOKS.values())


def paint_of(box: Box) -> Paint:
    """How the box is painted: by how it looks, or by what it is."""
    return _LOOKS.get(box.look) or _ROLES[box.role]
