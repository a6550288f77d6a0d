from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cloudkit.elb._drawing.mermaid import escaped, mermaid_of
from cloudkit.elb._drawing.parts import Look, Role, Sketch
from cloudkit.elb._drawing.text import clean
from tests.elb._drawing.texts import NASTY, shown, statements, texts


@given(texts, texts, st.sampled_from(Role), st.sampled_from(Look))
def test_no_text_breaks_it(text: str, label: str, role: Role, look: Look) -> None:
    sketch = Sketch()
    first, second = sketch.box(role, text, text, look=look), sketch.box(role, text, look=look)
    sketch.arrow(first, second, label)
    nodes = [line for line in statements(mermaid_of(sketch.boxes, sketch.arrows)) if line.startswith("n")]
    assert len(nodes) == 3, "two boxes and an arrow, whatever stands in them"


@pytest.mark.parametrize("text", NASTY)
def test_the_text_is_shown_as_it_is(text: str) -> None:
    assert shown(escaped(clean(text))) == clean(text)


def test_what_markdown_would_read_is_a_number() -> None:
    assert escaped("1. one") == "1#46; one"
    assert escaped("- two") == "#45; two"
    assert escaped("i-0abc.d/e f") == "i-0abc.d/e f"
    assert escaped("WWW.x.org") == "WWW#46;x.org"
    assert escaped("a_b*c:8080") == "a#95;b#42;c#58;8080"


def test_classes_are_those_that_are_used() -> None:
    sketch = Sketch()
    sketch.box(Role.TARGET, "i-1", look=Look.BAD)
    *_, style = statements(mermaid_of(sketch.boxes, sketch.arrows))
    assert style.startswith("classDef bad fill:")
    assert "{{" in mermaid_of(sketch.boxes, ()), "what is not well has another shape too"
