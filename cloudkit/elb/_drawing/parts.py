"""Boxes and arrows: what a diagram shows, wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from attrs import define, field, frozen

from cloudkit.elb._drawing.text import clean, lines_of


class Role(Enum):
    """What a box stands for. In the order of the columns."""

    CLIENTS = "clients"
    BALANCER = "balancer"
    LISTENER = "listener"
    RULE = "rule"
    GROUP = "group"
    ANSWER = "answer"
    TARGET = "target"


class Look(Enum):
    """How a box is shown."""

    PLAIN = "plain"
    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    AWAY = "away"


@frozen
class Box:
    """One box.

    Attributes:
        id: What arrows call it; made here, of letters and digits.
        role: What it stands for.
        texts: What stands in it, each text whole. The first one is its name.
        look: How it is shown.
    """

    id: str
    role: Role
    texts: tuple[str, ...]
    look: Look = Look.PLAIN

    @property
    def lines(self) -> Sequence[tuple[str, bool]]:
        """Its lines, and whether they are bold."""
        return [
            (line, place == 0)
            for place, text in enumerate(self.texts)
            for line in lines_of(text, bold=place == 0)
        ]


@frozen
class Arrow:
    """From one box to another.

    Attributes:
        start: The box that it leaves.
        end: The box that it points to.
        label: What stands at it; empty for nothing.
    """

    start: str
    end: str
    label: str = ""


@define
class Sketch:
    """Boxes and arrows as they are found."""

    boxes: list[Box] = field(factory=list[Box])
    arrows: list[Arrow] = field(factory=list[Arrow])

    def box(self, role: Role, *texts: str | None, look: Look = Look.PLAIN) -> str:
        """Add a box, and give its id. Texts that are None or empty are left out."""
        shown = tuple(cleaned for text in texts if text and (cleaned := clean(text)))
        made = Box(f"n{len(self.boxes)}", role, shown, look)
        self.boxes.append(made)
        return made.id

    def arrow(self, start: str, end: str, label: str = "") -> None:
        """Add an arrow."""
        self.arrows.append(Arrow(start, end, clean(label)))
