"""The page that says how to add a service is followed to the letter, in a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_TITLED = re.compile(r'^```python title="(?P<title>[^"]+)"\n(?P<code>.*?)^```', re.M | re.S)
_ANCHORS = {"TYPE_CHECKING": "if TYPE_CHECKING:\n", "_HOMES": "_HOMES = {\n"}

# Of what is said of every service, what is said of the new one.
_CHOICE = """
def pytest_collection_modifyitems(items):
    items[:] = [
        item
        for item in items
        if "logs" in item.nodeid or "LogGroup" in item.nodeid or not hasattr(item, "callspec")
    ]
"""


def test_the_page_works(tmp_path: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "benchmarks")
    for folder in ("cloudkit", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "conftest.py").write_text(_CHOICE)
    for page in ("adding-a-service.md",):
        for match in _TITLED.finditer((ROOT / "docs" / page).read_text()):
            name, _, anchor = match["title"].partition(": ")
            path = tmp_path / name
            if anchor:
                text = path.read_text()
                assert text.count(_ANCHORS[anchor]) == 1
                path.write_text(text.replace(_ANCHORS[anchor], _ANCHORS[anchor] + match["code"]))
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_text(match["code"])

    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/logs",
            "tests/contract",
            "tests/test_exports.py",
            "tests/test_docstrings.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert re.search(r"\b(\d+) passed", run.stdout), run.stdout
    assert "cloudkit.logs" in (tmp_path / "cloudkit" / "__init__.py").read_text()
