from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

from hypothesis import given, settings, strategies as st

from cloudkit.elb._drawing.layout import PADDING_X, PADDING_Y, Area, laid_out
from cloudkit.elb._drawing.parts import Look, Role, Sketch
from cloudkit.elb._drawing.svg import svg_of
from cloudkit.elb._drawing.text import LINE_HEIGHT, clean, width_of
from tests.elb._drawing.texts import texts

SVG = "{http://www.w3.org/2000/svg}"


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """Boxes in columns, with arrows from each column to a later one."""
    sketch = Sketch()
    columns = [
        [
            sketch.box(role, *draw(st.lists(texts, max_size=3)), look=draw(st.sampled_from(Look)))
            for _ in range(draw(st.integers(1, 4)))
        ]
        for role in (Role.CLIENTS, Role.LISTENER, Role.RULE, Role.GROUP, Role.TARGET)
    ]
    for first, second in itertools.combinations(columns, 2):
        for start, end in draw(
            st.lists(st.tuples(st.sampled_from(first), st.sampled_from(second)), max_size=4)
        ):
            sketch.arrow(start, end, draw(st.one_of(st.just(""), texts)))
    return sketch


def apart(one: Area, other: Area) -> bool:
    return (
        one.x + one.width <= other.x
        or other.x + other.width <= one.x
        or one.y + one.height <= other.y
        or other.y + other.height <= one.y
    )


@given(sketches())
@settings(max_examples=12)
def test_boxes_stand_apart_and_hold_their_text(sketch: Sketch) -> None:
    layout = laid_out(sketch.boxes, sketch.arrows)
    for one, other in itertools.combinations(layout.boxes.values(), 2):
        assert apart(one, other)
    for box in sketch.boxes:
        area = layout.boxes[box.id]
        assert len(box.lines) * LINE_HEIGHT + 2 * PADDING_Y <= area.height + 0.01
        for line, bold in box.lines:
            assert width_of(line, bold=bold) + 2 * PADDING_X <= area.width + 0.01
        assert area.x >= 0
        assert area.x + area.width <= layout.width
        assert area.y >= 0
        assert area.y + area.height <= layout.height
    for way in layout.ways:
        assert way.label is None or all(apart(way.label, area) for area in layout.boxes.values())


@given(sketches(), texts)
@settings(max_examples=12)
def test_it_is_xml_and_holds_all_text(sketch: Sketch, title: str) -> None:
    root = ET.fromstring(svg_of(clean(title), sketch.boxes, sketch.arrows))
    assert root.tag == f"{SVG}svg"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "rect", "path", "polygon", "g", "text"
    }  # fmt: skip
    drawn = root.findall(f"{SVG}g")
    assert len(drawn) == len(sketch.boxes)
    for box, group in zip(sketch.boxes, drawn, strict=True):
        assert [each.text for each in group.findall(f"{SVG}text")] == [line for line, _ in box.lines]
    labels = [each.text for each in root.findall(f"{SVG}text")]
    assert labels == [arrow.label for arrow in sketch.arrows if arrow.label]


def test_text_is_told_how_wide_it_is() -> None:
    sketch = Sketch()
    sketch.box(Role.TARGET, "web-1")
    (drawn,) = ET.fromstring(svg_of("x", sketch.boxes, [])).iter(f"{SVG}text")
    assert float(drawn.attrib["textLength"]) == round(width_of("web-1", bold=True), 2)


def test_what_is_not_well_has_another_shape() -> None:
    sketch = Sketch()
    sketch.box(Role.TARGET, "a", look=Look.GOOD)
    sketch.box(Role.TARGET, "b", look=Look.BAD)
    sketch.box(Role.TARGET, "c", look=Look.AWAY)
    good, bad, away = ET.fromstring(svg_of("x", sketch.boxes, [])).findall(f"{SVG}g")
    assert good.find(f"{SVG}rect") is not None
    assert bad.find(f"{SVG}rect") is None
    assert bad.find(f"{SVG}path") is not None
    (shape,) = away.findall(f"{SVG}rect")
    assert shape.attrib["stroke-dasharray"]


def test_it_is_drawn_the_same_in_many_threads() -> None:
    sketch = Sketch()
    ids = [sketch.box(Role.GROUP, "group"), *(sketch.box(Role.TARGET, f"i-{n}") for n in range(5))]
    for each in ids[1:]:
        sketch.arrow(ids[0], each, "20 %")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: svg_of("x", sketch.boxes, sketch.arrows), range(12)))
    assert len(found) == 1
