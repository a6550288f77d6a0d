"""Where boxes and arrows go: Graphviz says so, by ids and sizes alone. It sees no text of anybody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from attrs import frozen

from cloudkit.elb._drawing.parts import Arrow, Box, Role
from cloudkit.elb._drawing.text import LINE_HEIGHT, width_of
from cloudkit.errors import MissingExtra

PADDING_X, PADDING_Y = 12.0, 8.0
MARGIN = 12.0
_LEAST_WIDTH = 56.0
_POINTS_PER_INCH = 72.0
_GAP_OF_COLUMNS_INCHES, _GAP_OF_BOXES_INCHES = 0.85, 0.2
# An answer stands where a target group would.
_COLUMNS: Mapping[Role, Role] = {role: role for role in Role} | {Role.ANSWER: Role.GROUP}

Point = tuple[float, float]


@frozen
class Area:
    """A rectangle: where its upper left corner is, and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


@frozen
class Way:
    """How an arrow goes.

    Attributes:
        curve: The start of a Bézier curve, and three points for each of its pieces.
        tip: Where its head ends.
        label: Where its label stands; None if it has none.
    """

    curve: tuple[Point, ...]
    tip: Point
    label: Area | None


@frozen
class Layout:
    """Where everything is.

    Attributes:
        width: The width of all, in pixels.
        height: The height of all.
        boxes: Where each box is, by its id.
        ways: How each arrow goes, in the order of the arrows.
    """

    width: float
    height: float
    boxes: Mapping[str, Area]
    ways: Sequence[Way]


def laid_out(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Layout:
    """Place the boxes in columns from left to right, and lead the arrows around them.

    Raises:
        MissingExtra: Graphviz is not installed.
    """
    try:
        import pygraphviz
    except ImportError as error:
        raise MissingExtra.of("diagram", "the picture of a load balancer", error) from error
    graph: Any = cast("Any", pygraphviz).AGraph(directed=True, strict=False)
    try:
        graph.graph_attr.update(
            rankdir="LR",
            ordering="out",
            ranksep=str(_GAP_OF_COLUMNS_INCHES),
            nodesep=str(_GAP_OF_BOXES_INCHES),
        )
        sizes = {box.id: _size(box) for box in boxes}
        for box in boxes:
            width, height = sizes[box.id]
            graph.add_node(
                box.id,
                label="",
                shape="box",
                fixedsize="true",
                width=str(width / _POINTS_PER_INCH),
                height=str(height / _POINTS_PER_INCH),
            )
        columns: dict[Role, list[str]] = {}
        for box in boxes:
            columns.setdefault(_COLUMNS[box.role], []).append(box.id)
        for ids in columns.values():
            graph.add_subgraph(ids, rank="same")
        for place, arrow in enumerate(arrows):
            graph.add_edge(arrow.start, arrow.end, key=str(place), **_label(arrow))
        graph.layout(prog="dot")
        return _read(graph, sizes, arrows)
    finally:
        graph.close()


def _size(box: Box) -> tuple[float, float]:
    widest = max((width_of(line, bold=bold) for line, bold in box.lines), default=0.0)
    width = max(widest + 2 * PADDING_X, _LEAST_WIDTH)
    return width, len(box.lines) * LINE_HEIGHT + 2 * PADDING_Y


def label_size(label: str) -> tuple[float, float]:
    """How much room the label of an arrow takes."""
    return width_of(label) + 2 * PADDING_Y, LINE_HEIGHT


def _label(arrow: Arrow) -> Mapping[str, str]:
    """Room for the label: an empty table of its size."""
    if not arrow.label:
        return {}
    width, height = label_size(arrow.label)
    sized = f'border="0" fixedsize="true" width="{width:.0f}" height="{height:.0f}"'
    return {"label": f"<<table {sized}><tr><td></td></tr></table>>"}


def _read(graph: Any, sizes: Mapping[str, tuple[float, float]], arrows: Sequence[Arrow]) -> Layout:
    """What Graphviz has found. Its y grows upwards, that of pictures downwards."""
    left, bottom, right, top = _numbers(graph.graph_attr["bb"])

    def at(x: float, y: float) -> Point:
        return x - left + MARGIN, top - y + MARGIN

    areas: dict[str, Area] = {}
    for name, (width, height) in sizes.items():
        x, y = at(*_numbers(graph.get_node(name).attr["pos"]))
        areas[name] = Area(x - width / 2, y - height / 2, width, height)
    ways: list[Way] = []
    for place, arrow in enumerate(arrows):
        attributes = graph.get_edge(arrow.start, arrow.end, key=str(place)).attr
        tip, *curve = (_numbers(each.removeprefix("e,")) for each in attributes["pos"].split())
        label = None
        if arrow.label:
            width, height = label_size(arrow.label)
            x, y = at(*_numbers(attributes["lp"]))
            label = Area(x - width / 2, y - height / 2, width, height)
        ways.append(Way(tuple(at(*each) for each in curve), at(*tip), label))
    return Layout(right - left + 2 * MARGIN, top - bottom + 2 * MARGIN, areas, ways)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(each) for each in text.split(","))
