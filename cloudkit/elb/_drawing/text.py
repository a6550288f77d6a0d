"""Text for boxes: what can be shown of it, how wide it is, and where its lines end."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

FONT_SIZE = 12.0
LINE_HEIGHT = 16.0
FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
MAX_LINE_WIDTH = 264.0

_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
# Lines end behind these, if they can.
_BREAKS = " -/,.:=&?"
_EM = 1000.0
_BOLD = 1.08
_WIDE, _USUAL = 1000, 600
# Widths of Helvetica's letters, and so of Arial's and Liberation Sans's, in thousandths of the font's size.
_LETTERS = {
    222: "ijl",
    191: "'",
    260: "|",
    278: "!,./:;I[\\]ft ",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_WIDTHS: Mapping[str, int] = {letter: width for width, letters in _LETTERS.items() for letter in letters}


def clean(text: str) -> str:
    """The text in one line, without what cannot be shown or would change how the rest is."""
    shown = (letter if letter.isprintable() else _UNPRINTABLE for letter in " ".join(text.split()))
    return "".join(shown)


def width_of(text: str, *, bold: bool = False) -> float:
    """About how wide a line is, in pixels; the picture then makes it exactly so."""
    return sum(map(_letter_width, text)) / _EM * FONT_SIZE * (_BOLD if bold else 1)


def _letter_width(letter: str) -> int:
    known = _WIDTHS.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _USUAL


def lines_of(text: str, *, bold: bool = False) -> Iterator[str]:
    """The text, cleaned, in lines that are not too wide. Nothing of it is left out."""
    rest = clean(text)
    while width_of(rest, bold=bold) > MAX_LINE_WIDTH:
        end = _fitting(rest, bold=bold)
        good = max(rest.rfind(each, 0, end) for each in _BREAKS) + 1
        end = good if good > end // 2 else end
        yield rest[:end].rstrip(" ")
        rest = rest[end:].lstrip(" ")
    if rest:
        yield rest


def _fitting(text: str, *, bold: bool) -> int:
    """How many letters of a text fit into a line; one at least."""
    width = 0.0
    for place, letter in enumerate(text):
        width += width_of(letter, bold=bold)
        if width > MAX_LINE_WIDTH:
            return max(place, 1)
    return len(text)
