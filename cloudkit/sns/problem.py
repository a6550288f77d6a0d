"""What can stand between a topic and its subscribers."""

from __future__ import annotations

from cloudkit.types import OpenEnum


class Severity(OpenEnum):
    """How bad a finding is."""

    BLOCKS = "blocks"
    """Nothing arrives, or not what should."""
    RISK = "risk"
    """It works, and may lose messages."""
    UNKNOWN = "unknown"
    """These credentials may not look, or it cannot be told."""
    NOTE = "note"
    """Good to know."""


class Problem(OpenEnum):
    """What a finding is about."""

    PENDING = "pending"
    QUEUE_MISSING = "queue-missing"
    QUEUE_POLICY = "queue-policy"
    KEY = "key"
    FILTER = "filter"
    DEAD_LETTERS = "dead-letters"
    FUNCTION_POLICY = "function-policy"
    DISABLED = "disabled"
    ROLE = "role"
    ELSEWHERE = "elsewhere"
    NOBODY = "nobody"
