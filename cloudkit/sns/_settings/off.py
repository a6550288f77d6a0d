"""What switches a setting off."""

from __future__ import annotations

from typing import Literal, TypeAlias

Off: TypeAlias = Literal["off"]
"""What switches a setting off; None means not given."""
