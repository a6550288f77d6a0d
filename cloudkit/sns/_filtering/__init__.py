"""Filter policies: what they say, whether SNS takes them, and which messages pass."""

from __future__ import annotations
