"""A table as text, as HTML for notebooks, and for rich."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from attrs import frozen

from cloudkit.errors import MissingExtra

if TYPE_CHECKING:
    from rich.table import Table as RichTable

_NOTHING = "-"


@frozen
class Table:
    """Columns with titles, and rows of texts.

    Attributes:
        titles: What stands above each column.
        rows: The texts of each row; None where there is nothing to say.
        colours: The colour of a row, by its place, as both CSS and rich call it.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    colours: Mapping[int, str]

    def without_empty(self, titles: frozenset[str]) -> Table:
        """The table without those of these columns that say nothing."""
        kept = [
            at
            for at, title in enumerate(self.titles)
            if title not in titles or any(row[at] is not None for row in self.rows)
        ]
        return Table(
            [self.titles[at] for at in kept], [[row[at] for at in kept] for row in self.rows], self.colours
        )

    def as_text(self) -> str:
        """Lines of equal columns."""
        lines = [self.titles, *([_NOTHING if text is None else text for text in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def as_html(self) -> str:
        """A `<table>`, with all texts escaped."""
        head = "".join(f"<th>{escape(title)}</th>" for title in self.titles)
        body = "".join(self._html_row(at, row) for at, row in enumerate(self.rows))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _html_row(self, at: int, row: Sequence[str | None]) -> str:
        style = f' style="color: {self.colours[at]}"' if at in self.colours else ""
        cells = "".join(f"<td>{escape(_NOTHING if text is None else text)}</td>" for text in row)
        return f"<tr{style}>{cells}</tr>"

    def as_rich(self) -> RichTable:
        """The table that rich prints.

        Raises:
            MissingExtra: rich is not installed.
        """
        try:
            from rich.table import Table as RichTable
            from rich.text import Text
        except ImportError as error:
            raise MissingExtra.of("rich", "a table in colours", error) from error
        made = RichTable(*self.titles)
        for at, row in enumerate(self.rows):
            # As texts: what AWS says in brackets is no markup.
            made.add_row(
                *(Text(_NOTHING if text is None else text) for text in row), style=self.colours.get(at)
            )
        return made
