"""Settings of topics, as texts."""

from __future__ import annotations

from typing import Any

import pytest

from cloudkit.errors import InvalidRequest
from cloudkit.sns._settings.topic import of_topic, without_off


def test_settings_of_a_topic() -> None:
    assert of_topic(
        "a.fifo", {"display_name": "A", "content_deduplication": False, "max_message_size": 1024}
    ) == {
        "DisplayName": "A",
        "ContentBasedDeduplication": "false",
        "MaximumMessageSize": "1024",
    }
    assert of_topic("a", {"kms_key": "alias/ours", "signature_version": 2, "tracing": True}) == {
        "KmsMasterKeyId": "alias/ours",
        "SignatureVersion": "2",
        "TracingConfig": "Active",
    }
    assert of_topic("a.fifo", {"archive_days": 30}) == {"ArchivePolicy": '{"MessageRetentionPeriod": "30"}'}


def test_what_is_switched_off() -> None:
    off = of_topic("a.fifo", {"kms_key": "off", "archive_days": "off", "tracing": False})
    assert off == {"KmsMasterKeyId": "", "ArchivePolicy": "{}", "TracingConfig": "PassThrough"}
    assert without_off(off) == {"TracingConfig": "PassThrough"}


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("a", {"display_name": "x" * 101}, "100"),
        ("a", {"content_deduplication": True}, "FIFO"),
        ("a", {"max_message_size": 1023}, "1024 to 1048576"),
        ("a", {"max_message_size": 1024**2 + 1}, "1024 to 1048576"),
        ("a", {"kms_key": ""}, "id, ARN or alias"),
        ("a", {"signature_version": 3}, "SHA-256"),
        ("a", {"archive_days": 3}, "FIFO"),
        ("a.fifo", {"archive_days": 0}, "1 to 365"),
        ("a.fifo", {"archive_days": 366}, "1 to 365"),
        ("a.fifo", {"tracing": True}, "standard topics"),
    ],
)
def test_what_a_topic_cannot_be_set_to(name: str, settings: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        of_topic(name, settings)
