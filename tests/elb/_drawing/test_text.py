from __future__ import annotations

from hypothesis import given

from cloudkit.elb._drawing.text import MAX_LINE_WIDTH, clean, lines_of, width_of
from tests.elb._drawing.texts import texts


@given(texts)
def test_nothing_is_left_out_and_no_line_is_too_wide(text: str) -> None:
    lines = list(lines_of(text))
    assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "")
    assert all(width_of(line) <= MAX_LINE_WIDTH for line in lines)
    assert all(line.isprintable() for line in lines)


def test_lines_end_where_words_do() -> None:
    assert list(lines_of("path /" + "/".join(["component"] * 6))) == [
        "path /component/component/component/",
        "component/component/component",
    ]
    assert list(lines_of("short")) == ["short"]
    assert list(lines_of(" \n ")) == []


def test_letters_are_as_wide_as_they_are() -> None:
    assert width_of("i") < width_of("a") < width_of("W") < width_of("漢") < width_of("漢", bold=True)
    assert width_of("e\u0301") == width_of("e")
    assert width_of("") == 0
