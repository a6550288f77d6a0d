from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cloudkit import InvalidRequest, demo
from cloudkit.demo.stage import Check, Stage, Step, perform, source_of
from cloudkit.demo.world import World


def test_the_whole_story_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run(plain=True) == 0
    told = capsys.readouterr().out
    assert "FAIL" not in told
    for step in demo.STEPS:
        assert step.title in told
        assert step.story in told
    assert re.search(r"^\d\d checks held, 0 did not", told, re.M)


@pytest.mark.parametrize("name", ["address", "bucket", "bill"])
def test_one_step_brings_what_it_needs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run(name, plain=True) == 0
    told = capsys.readouterr().out
    assert sum(step.title in told for step in demo.STEPS) == 1


def test_list_names_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run("list") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        step.name for step in demo.STEPS
    ]


def test_unknown_step_says_which_there_are() -> None:
    with pytest.raises(InvalidRequest, match="queue"):
        demo.run("quewe")


def _fine(world: str) -> None:
    print("hello", world)


def _broken(world: str) -> None:
    raise RuntimeError(world)


def _held(_: str) -> Iterator[Check]:
    yield "a fact", True


def _not_held(_: str) -> Iterator[Check]:
    yield "a fact", False


def _nothing(_: str) -> Iterator[Check]:
    yield from ()


def _step(run: object, checks: object) -> Step[str]:
    return Step("x", "A title", "A story", run, checks)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "holds"),
    [
        (_step(_fine, _held), True),
        (_step(_fine, _not_held), False),
        (_step(_fine, _nothing), False),
        (_step(_broken, _held), False),
    ],
)
def test_a_step_holds_only_if_it_ran_and_its_checks_hold(step: Step[str], holds: bool) -> None:
    _, checks = perform(step, "world")
    assert all(held for _, held in checks) is holds


def test_output_is_what_was_printed() -> None:
    output, _ = perform(_step(_fine, _held), "you")
    assert output == "hello you"


def test_a_failed_check_fails_the_tour(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stays_empty(world: World) -> None:
        print("nothing done")

    def must_hold(world: World) -> Iterator[Check]:
        yield "something was done", False

    monkeypatch.setattr(demo, "STEPS", (Step("x", "A title", "A story", stays_empty, must_hold),))
    assert demo.run(plain=True) == 1
    assert "FAIL something was done" in capsys.readouterr().out


def test_shown_code_is_the_code_that_ran() -> None:
    def lesson(world: World) -> None:
        world.link = "x"
        print(world.link)

    assert source_of(lesson) == 'link = "x"\nprint(link)'


def test_with_rich_columns_and_without(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    stage = Stage(plain=True)
    for width in (80, 150):
        stage._console = Console(width=width, force_terminal=False)
        stage.show(1, _step(_fine, _held), "hello", [("a fact", True), ("another", False)])
        told = capsys.readouterr().out
        assert "1. A title" in told
        assert "✓ a fact" in told
        assert "✗ another" in told


def test_as_a_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "cloudkit", "demo", "--step", "keys"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 did not" in run.stdout
