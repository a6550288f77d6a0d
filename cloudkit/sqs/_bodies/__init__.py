"""What is in a message: how large bodies travel."""

from __future__ import annotations
