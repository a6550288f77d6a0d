"""How the content of objects is moved."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from cloudkit.errors import InvalidRequest

ENGINES = ("auto", "boto3")
CHECKSUMS = ("auto", "when_supported", "when_required")
MOST_WIDTH = 512


@frozen
class Transfers:
    """How the content of objects is moved.

    Attributes:
        engine: `"auto"` takes obstore (extra `fast`) for small objects where it is installed and can do what is
            asked; `"boto3"` never does.
        checksums: Whether checksums that S3 does not require are sent and verified. `"auto"` does so on AWS, and
            not on other servers (`endpoint_url`), many of which refuse them.
        width: Small objects under way at once, 1 to 512. Default: what suits the engine.

    Raises:
        InvalidRequest: A value that is none of these.
    """

    engine: Literal["auto", "boto3"] = "auto"
    checksums: Literal["auto", "when_supported", "when_required"] = "auto"
    width: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise InvalidRequest(f"engine={self.engine!r}: it is one of {', '.join(map(repr, ENGINES))}")
        if self.checksums not in CHECKSUMS:
            raise InvalidRequest(
                f"checksums={self.checksums!r}: it is one of {', '.join(map(repr, CHECKSUMS))}"
            )
        if self.width is not None and not 1 <= self.width <= MOST_WIDTH:
            raise InvalidRequest(f"width={self.width}: it is 1 to {MOST_WIDTH}")
