"""Texts that could break a drawing, and the part of Mermaid's grammar that drawings are written in."""

from __future__ import annotations

import re

from hypothesis import strategies as st

NASTY = [
    '"]:::bad\n  n0 --> n1',
    "`**bold**`",
    "1. one",
    "- two",
    "# head",
    "www.example.com",
    "http://example.com",
    "$$\\frac{1}{2}$$",
    "fa:fa-car",
    "style x:#f00;",
    "classDef a:#f00;",
    "%%{init: {}}%%",
    "end",
    "#quot;",
    "&lt;script&gt;",
    "<script>alert(1)</script>",
    "\ufb02\u00b0\u00b065\u00b6\u00df",
    "]]> <!-- ",
    "\x00\x1b[31m\u202e\ud800",
    "ﷺ" * 40,
    "漢字" * 30,
    "a" * 500,
]
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=60))

_TEXT = r"(?:[A-Za-z0-9 /.-]|#[0-9]+;|<br/>)*"
_NODE = rf'  n\d+(?:\(\["{_TEXT}"\]\)|\["{_TEXT}"\]|\[\["{_TEXT}"\]\]|>"{_TEXT}"\]|\("{_TEXT}"\)|\{{\{{"{_TEXT}"\}}\}}):::[a-z]+'
_ARROW = rf'  n\d+ -->(?:\|"{_TEXT}"\|)? n\d+'
_CLASS = r"  classDef [a-z]+ fill:#\w{6},stroke:#\w{6},stroke-width:[\d.]+px,color:#\w{6}(?:,stroke-dasharray:\d+ \d+)?"
_LINE = re.compile(rf"{_NODE}|{_ARROW}|{_CLASS}")
_HEAD = ['%%{init: {"flowchart": {"wrappingWidth": 500}}}%%', "flowchart LR"]


def statements(mermaid: str) -> list[str]:
    """The lines of a drawing, each of which is a statement; it fails for any other text."""
    lines = mermaid.split("\n")
    assert lines[:2] == _HEAD
    for line in lines[2:]:
        assert _LINE.fullmatch(line), line
    return [line.strip() for line in lines[2:]]


def shown(mermaid: str) -> str:
    """What a reader sees of the texts."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), mermaid.replace("<br/>", " "))
