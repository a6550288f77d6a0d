"""What stands between a topic and its subscribers."""

from __future__ import annotations
