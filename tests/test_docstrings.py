"""Every example in a docstring runs, in a world of its own."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

import cloudkit
from cloudkit.testing import FakeClock

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
HERE = Path(__file__).parent


def _examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for info in pkgutil.walk_packages(cloudkit.__path__, "cloudkit."):
        if info.name != "cloudkit.__main__":
            module = importlib.import_module(info.name)
            yield from (test for test in finder.find(module, info.name) if test.examples)


EXAMPLES = list(_examples())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda test: test.name)
def test_example(example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with cloudkit.local(clock=FakeClock()) as cloud:
        _run(example, cloud, tmp_path)
    cloud.close()


def _run(example: doctest.DocTest, cloud: cloudkit.Cloud, folder: Path) -> None:
    names: dict[str, object] = {name: getattr(cloudkit, name) for name in cloudkit.__all__}
    names["cloud"] = cloud
    names["Cloud"] = lambda *, region="us-east-1": cloud.in_region(region)
    names["configure"] = names["Cloud"]
    names["current_cloud"] = lambda: cloud
    # A service's examples speak of the world of its own seed; those of the core, of S3's.
    service = example.name.split(".")[1]
    seeded = service if (HERE / service / "seed.py").exists() else "s3"
    home = importlib.import_module(f"tests.{seeded}.seed")
    names.update(home.seed(folder, example.docstring or ""))
    example.globs = {**names, **vars(importlib.import_module(example.globs["__name__"])), **names}
    example.globs["local"] = lambda: cloud
    report: list[str] = []
    with getattr(home, "world", nullcontext)():  # where it needs more than a cloud
        failed = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=report.append).failed
    assert failed == 0, "".join(report)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 30
