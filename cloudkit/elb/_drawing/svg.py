"""A diagram as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from cloudkit.elb._drawing.layout import PADDING_Y, Area, Layout, Point, Way, laid_out
from cloudkit.elb._drawing.palette import INK, LINE, PAPER, paint_of
from cloudkit.elb._drawing.parts import Arrow, Box, Look, Role
from cloudkit.elb._drawing.text import FONT_SIZE, FONTS, LINE_HEIGHT, width_of

_CORNER = 6.0
_CUT = 8.0
_HEAD_HALF_WIDTH = 3.5
# From the top of a line to the foot of its letters.
_BASELINE = 0.72


def svg_of(title: str, boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """The picture as XML.

    Each line of text is told how wide it shall be, so that it stays in its box whatever fonts there are. Nothing is
    styled but by attributes, and nothing has an id: many pictures can stand in one page.
    """
    layout = laid_out(boxes, arrows)
    width, height = _number(layout.width), _number(layout.height)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": width,
            "height": height,
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
            "font-family": FONTS,
            "font-size": _number(FONT_SIZE),
            "style": "max-width: 100%; height: auto",
        },
    )
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": PAPER})
    for way in layout.ways:
        _draw_way(root, way)
    for box in boxes:
        _draw_box(root, box, layout.boxes[box.id])
    _draw_labels(root, layout, arrows)
    return ET.tostring(root, encoding="unicode")


def _draw_box(root: ET.Element, box: Box, area: Area) -> None:
    group = ET.SubElement(root, "g", {"data-box": box.id})
    ET.SubElement(group, "title").text = "\n".join(box.texts)
    paint = paint_of(box)
    look = {"fill": paint.fill, "stroke": paint.stroke, "stroke-width": _number(paint.width)}
    if paint.dashes:
        look["stroke-dasharray"] = paint.dashes
    if box.look is Look.BAD:
        ET.SubElement(group, "path", {"d": _with_cut_corners(area), **look})
    else:
        round_by = area.height / 2 if box.role is Role.CLIENTS else _CORNER
        size = {
            "x": _number(area.x),
            "y": _number(area.y),
            "width": _number(area.width),
            "height": _number(area.height),
            "rx": _number(round_by),
        }
        ET.SubElement(group, "rect", {**size, **look})
    middle = area.x + area.width / 2
    for place, (line, bold) in enumerate(box.lines):
        _draw_text(group, line, middle, area.y + PADDING_Y + place * LINE_HEIGHT, bold=bold)


def _draw_text(parent: ET.Element, line: str, middle: float, top: float, *, bold: bool = False) -> None:
    drawn = ET.SubElement(
        parent,
        "text",
        {
            "x": _number(middle),
            "y": _number(top + LINE_HEIGHT * _BASELINE),
            "text-anchor": "middle",
            "textLength": _number(width_of(line, bold=bold)),
            "lengthAdjust": "spacingAndGlyphs",
            "fill": INK,
        },
    )
    if bold:
        drawn.set("font-weight", "bold")
    drawn.text = line


def _draw_way(root: ET.Element, way: Way) -> None:
    start, *points = way.curve
    drawn = f"M{_point(start)} C{' '.join(_point(each) for each in points)}"
    ET.SubElement(root, "path", {"d": drawn, "fill": "none", "stroke": LINE})
    end = way.curve[-1]
    across = math.hypot(way.tip[0] - end[0], way.tip[1] - end[1])
    if across:
        x = -(way.tip[1] - end[1]) / across * _HEAD_HALF_WIDTH
        y = (way.tip[0] - end[0]) / across * _HEAD_HALF_WIDTH
        corners = (way.tip, (end[0] + x, end[1] + y), (end[0] - x, end[1] - y))
        ET.SubElement(root, "polygon", {"points": " ".join(map(_point, corners)), "fill": LINE})


def _draw_labels(root: ET.Element, layout: Layout, arrows: Sequence[Arrow]) -> None:
    for arrow, way in zip(arrows, layout.ways, strict=True):
        if way.label is not None:
            _draw_text(root, arrow.label, way.label.x + way.label.width / 2, way.label.y)


def _with_cut_corners(area: Area) -> str:
    left, top, right, bottom = area.x, area.y, area.x + area.width, area.y + area.height
    corners = [
        (left + _CUT, top),
        (right - _CUT, top),
        (right, top + _CUT),
        (right, bottom - _CUT),
        (right - _CUT, bottom),
        (left + _CUT, bottom),
        (left, bottom - _CUT),
        (left, top + _CUT),
    ]
    return f"M{' L'.join(map(_point, corners))} Z"


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
