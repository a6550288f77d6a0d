"""What another machine has said, as a terminal may show it."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with an escape in place of each character that does not print: a terminal would obey some of them."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
