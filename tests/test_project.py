"""What the project's own files promise."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def _pins(text: str, pattern: str) -> dict[str, tuple[int, ...]]:
    found = re.findall(pattern, text, re.M)
    return {name: tuple(int(part) for part in version.split(".")) for name, version in found}


def _same(pinned: tuple[int, ...], bound: tuple[int, ...]) -> bool:
    width = max(len(pinned), len(bound))
    return (*pinned, *[0] * width)[:width] == (*bound, *[0] * width)[:width]


def test_oldest_are_the_lower_bounds() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    runtime = project[project.index("dependencies = [") : project.index("# What the tests need")]
    bounds = _pins(runtime, r'"([\w-]+)(?:\[\w+\])?>=([\d.]+)')
    pins = _pins((ROOT / "tests" / "oldest.txt").read_text(), r"^([\w-]+)==([\d.]+)$")
    assert pins.keys() == bounds.keys()
    for name, bound in bounds.items():
        assert _same(pins[name], bound), name


def test_nothing_of_a_machine_is_in_the_tree() -> None:
    # A path of one machine in a file makes the project work there alone.
    suspicious = re.compile(r"(?<![\w.])/(?:root|home|work)/\w")
    for path in [*ROOT.glob("cloudkit/**/*.py"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.py")]:
        if path != Path(__file__):
            assert not suspicious.search(path.read_text()), path
