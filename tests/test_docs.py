"""Every Python block of the README and of the docs runs, and prints what the text block behind it says."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import runpy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from attrs import frozen

from cloudkit import local
from tests.contract import retry_laws
from tests.ec2.ssh.machines import machines
from tests.ec2.ssh.server import boxes

ROOT = Path(__file__).parent.parent
# The page that adds a service is followed by a test of its own.
PAGES = sorted({ROOT / "README.md", *ROOT.glob("docs/*.md")} - {ROOT / "docs" / "adding-a-service.md"})
SCRIPTS = sorted(ROOT.glob("docs/examples/*.py"))
# Whose code needs more than a cloud: there instances are reached at real SSH servers on this machine.
WORLDS: Mapping[str, Callable[[], AbstractContextManager[object]]] = {
    "ssh.md": boxes,
    "fleet_job.py": machines,
}
# What a block prints: text, or text that is drawn.
_OUTPUTS = ("text", "mermaid")
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=indent)```", re.M | re.S)

# The README's table is run by test_readme.py, each side in a world of its own.
_TABLE = re.compile(r"<table>.*?</table>", re.S)


@frozen
class Block:
    code: str
    line: int
    output: str | None


def blocks(text: str) -> Sequence[Block]:
    """The Python blocks; a `text` or `mermaid` block with nothing but space before it is the output of the one above."""
    found: list[Block] = []
    end = -1
    for match in _FENCE.finditer(text):
        indent = match["indent"]
        code = "\n".join(line[len(indent) :] for line in match["code"].splitlines()) + "\n"
        if match["language"] == "python":
            found.append(Block(code, text.count("\n", 0, match.start("code")), None))
            end = match.end()
        elif match["language"] in _OUTPUTS and found and not text[end : match.start()].strip():
            found[-1] = Block(found[-1].code, found[-1].line, code)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = _TABLE.sub("", page.read_text())
    names: dict[str, object] = {"__name__": "__main__"}
    with local(), WORLDS.get(page.name, nullcontext)():
        for block in blocks(text):
            printed = io.StringIO()
            # Padded, so that a failure names the line of the page.
            code = compile("\n" * block.line + block.code, str(page), "exec", dont_inherit=True)
            with contextlib.redirect_stdout(printed):
                exec(code, names)
            if block.output is not None:
                same = doctest.OutputChecker().check_output(
                    block.output, printed.getvalue(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
                )
                assert same, f"{page.name}:{block.line} printed\n{printed.getvalue()}\nnot\n{block.output}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with local(), WORLDS.get(script.name, nullcontext)():
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            runpy.run_path(str(script), run_name="__main__")
    assert printed.getvalue().strip()


def test_the_page_on_retries_says_what_the_tests_say() -> None:
    page = (ROOT / "docs" / "retries.md").read_text()
    assert retry_laws.table() in page
    for kind, meaning in retry_laws.MEANINGS.items():
        assert f"| {kind.value} | {meaning} |" in page


def test_there_is_something_to_run() -> None:
    assert len(SCRIPTS) >= 3
    assert all(blocks(page.read_text()) for page in PAGES)
