"""How the tour is shown: the code of each step beside what it really printed, then what was checked."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

W = TypeVar("W")

# A fact that was checked, and whether it held.
Check = tuple[str, bool]

NARROW_COLUMNS = 110  # below it code and output stand one above the other


@frozen
class Step(Generic[W]):
    """One step of the tour.

    Attributes:
        name: What `--step` calls it.
        title: What it shows.
        story: A sentence of the teller's.
        run: The code that is shown, and run. What it prints is its output.
        checks: What must be true afterwards; not shown as code.
        needs: Steps that must have run before.
    """

    name: str
    title: str
    story: str
    run: Callable[[W], None]
    checks: Callable[[W], Iterator[Check]]
    needs: Sequence[str] = ()


def source_of(run: Callable[[Any], None]) -> str:
    """The body of a step's function, as it stands in the file."""
    lines = inspect.getsource(run).splitlines()
    start = next(number for number, line in enumerate(lines) if line.rstrip().endswith("None:")) + 1
    return textwrap.dedent("\n".join(lines[start:])).replace("world.", "").strip("\n")


def perform(step: Step[W], world: W) -> tuple[str, Sequence[Check]]:
    """Run a step: what it printed, and what was checked. An exception is a check that did not hold."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            step.run(world)
        checks = list(step.checks(world))
        if not checks:
            checks = [("this step checks something", False)]
    except Exception:
        printed.write("\n" + traceback.format_exc())
        checks = [("it ran to its end", False)]
    return printed.getvalue().rstrip("\n"), checks


class Stage:
    """Where the tour is shown."""

    def __init__(self, *, plain: bool) -> None:
        self._console = None if plain or not sys.stdout.isatty() else _console()

    def show(self, number: int, step: Step[Any], output: str, checks: Sequence[Check]) -> None:
        """One step, whole."""
        if self._console is None:
            self._show_plain(number, step, output, checks)
        else:
            self._show_rich(self._console, number, step, output, checks)

    def say(self, text: str) -> None:
        """A line of the teller's."""
        print(text) if self._console is None else self._console.print(text, highlight=False)

    def _show_plain(self, number: int, step: Step[Any], output: str, checks: Sequence[Check]) -> None:
        print(f"\n{number}. {step.title}\n{'-' * (len(step.title) + len(str(number)) + 2)}")
        print(f"{step.story}\n")
        print(textwrap.indent(source_of(step.run), "    "))
        print()
        print(textwrap.indent(output, "  > "))
        for fact, held in checks:
            print(f"  {'ok  ' if held else 'FAIL'} {fact}")

    def _show_rich(
        self, console: Any, number: int, step: Step[Any], output: str, checks: Sequence[Check]
    ) -> None:
        from rich.panel import Panel
        from rich.syntax import Syntax
        from rich.table import Table
        from rich.text import Text

        console.print()
        console.rule(f"[bold]{number}. {step.title}", align="left")
        console.print(step.story, highlight=False)
        code = Panel(
            Syntax(source_of(step.run), "python", word_wrap=True, background_color="default"), title="code"
        )
        shown = Panel(Text(output or " "), title="output")
        if console.width < NARROW_COLUMNS:
            console.print(code)
            console.print(shown)
        else:
            columns = Table.grid(expand=True)
            columns.add_column(ratio=3)
            columns.add_column(ratio=2)
            columns.add_row(code, shown)
            console.print(columns)
        for fact, held in checks:
            console.print(f"  [green]✓[/] {fact}" if held else f"  [bold red]✗ {fact}[/]", highlight=False)


def _console() -> Any:
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console()
