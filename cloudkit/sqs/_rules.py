"""What SQS and SNS ask of names and of messages: mostly the same, and data where it is not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import compact
from cloudkit._core.service import Service
from cloudkit.errors import AccessDenied, AlreadyExists, InvalidRequest
from cloudkit.sqs._limits import (
    MAX_ATTRIBUTES,
    MAX_GROUP_CHARACTERS,
    MAX_JSON_DEPTH,
    MAX_MESSAGE_BYTES,
    MAX_QUEUE_NAME_CHARACTERS,
)
from cloudkit.sqs._service import SQS

FIFO_SUFFIX = ".fifo"
GROUP = "MessageGroupId"
DEDUPLICATION = "MessageDeduplicationId"

_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.fifo)?")
# MessageGroupId and MessageDeduplicationId: letters, digits and punctuation.
_ID = re.compile(r"[!-~]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN_CHARACTERS = 40


@frozen
class Rules:
    """The rules of one service.

    Attributes:
        service: The service.
        noun: What messages are sent to, such as `"queue"`.
        max_name_characters: How long its name can be.
        max_message_bytes: How large a message can be, with its attributes.
        refused: The characters that no text may have.
        max_attributes: How many attributes a message can have; None if no number is documented.
        attribute_kinds: What an attribute can be, in words.
    """

    service: Service
    noun: str
    max_name_characters: int
    max_message_bytes: int
    refused: re.Pattern[str]
    max_attributes: int | None
    attribute_kinds: str

    @property
    def label(self) -> str:
        """The service as people call it."""
        return self.service.name.upper()

    # -- names -----------------------------------------------------------------------------------------------

    def checked_name(self, name: str, fifo: bool | None = None) -> str:
        """The name, if the service takes it, for what is FIFO or not.

        Args:
            name: The name.
            fifo: Whether it shall be the name of something FIFO. Default: either.

        Raises:
            InvalidRequest: The service would refuse it, or it says the other thing.
        """
        if not _NAME.fullmatch(name) or len(name) > self.max_name_characters:
            raise InvalidRequest(
                f"{self.noun} name {name[:_SHOWN_CHARACTERS]!r}: it has 1 to {self.max_name_characters} letters, digits,"
                f" hyphens and underscores, and may end in {FIFO_SUFFIX}"
            )
        if fifo is not None and fifo != name.endswith(FIFO_SUFFIX):
            raise InvalidRequest(
                f"fifo={fifo}, but the {self.noun} name is {name!r}: the name of a FIFO {self.noun} ends in"
                f" {FIFO_SUFFIX}, and no other does",
                hint=f"name it {name.removesuffix(FIFO_SUFFIX) + (FIFO_SUFFIX if fifo else '')!r}",
            )
        return name

    def taken(self, name: str) -> AlreadyExists:
        """The error for a name that is taken, where AWS would say nothing."""
        cls = self.noun.capitalize()
        return AlreadyExists(
            f"the {self.noun} is there already",
            service=self.service.name,
            operation=f"Create{cls}",
            resource=name,
            hint=f"{cls}.ensure() takes what is there",
        )

    def checked_deduplication(self, derives: bool, *, fifo: bool) -> str:
        """`ContentBasedDeduplication` as AWS's text of it, if there can be such a thing."""
        if not fifo:
            raise InvalidRequest(
                f"content_deduplication is for FIFO {self.noun}s",
                hint=f"their names end in {FIFO_SUFFIX}; standard {self.noun}s have no such thing",
            )
        return flag(derives)

    # -- what a message says ---------------------------------------------------------------------------------

    def allows(self, text: str) -> bool:
        """Whether the service takes all characters of the text."""
        return self.refused.search(text) is None

    def checked_characters(self, what: str, text: str) -> str:
        """The text, if the service takes its characters.

        Args:
            what: What it is, for the error.
            text: The text.

        Raises:
            InvalidRequest: It has a character that the service refuses.
        """
        found = self.refused.search(text)
        if found is not None:
            half = " (half a surrogate pair)" if _SURROGATE.match(found[0]) else ""
            raise InvalidRequest(
                f"{what} has the character U+{ord(found[0]):04X}{half} at {found.start()}, which {self.label} refuses",
                hint="send it within JSON (a dict or a list), which spells it out",
            )
        return text

    def checked_text(self, what: str, text: str) -> str:
        """The text, if the service takes its characters and there are some.

        Args:
            what: What it is, for the error.
            text: The text.

        Raises:
            InvalidRequest: It is empty, or has a character that the service refuses.
        """
        if not text:
            raise InvalidRequest(f"{what} is empty: {self.label} takes at least one character")
        return self.checked_characters(what, text)

    def json_text(self, what: str, value: object) -> str:
        """The value as JSON, in characters that the service takes.

        Args:
            what: What it is, for the error.
            value: The value.

        Raises:
            InvalidRequest: It has no JSON form.
        """
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
            if text.count("[") + text.count("{") > MAX_JSON_DEPTH and _depth(value) > MAX_JSON_DEPTH:
                raise InvalidRequest(
                    f"{what} is nested more than {MAX_JSON_DEPTH} deep, which not every receiver can read"
                )
            # Spelled out in ASCII, every character is allowed.
            return text if self.allows(text) else json.dumps(value, allow_nan=False)
        except InvalidRequest:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidRequest(f"{what} has no JSON form: {error}") from error

    def content(self, what: str, value: object) -> str:
        """What is sent for a message: text as it is, everything else as JSON.

        Args:
            what: What it is, for the error.
            value: What the caller gave.

        Raises:
            InvalidRequest: The service takes no such text, or it has no JSON form.
        """
        return self.checked_text(what, value) if isinstance(value, str) else self.json_text(what, value)

    def checked_size(self, size: int) -> int:
        """The bytes of a message with its attributes, if they are not too many."""
        if size > self.max_message_bytes:
            raise InvalidRequest(
                f"the message has {size:,} bytes with its attributes: {self.label} takes {self.max_message_bytes:,} at"
                " most",
                hint=f"{self.noun.capitalize()}(..., overflow=Bucket(...)) puts what is too large into a bucket",
            )
        return size

    # -- order -----------------------------------------------------------------------------------------------

    def ordering(
        self, *, group: str | None, deduplication_id: str | None, fifo: bool, about: object
    ) -> dict[str, str]:
        """The parameters that say where in the order a message stands, as far as they are given.

        Args:
            group: What is kept in order.
            deduplication_id: What makes a repeat a repeat.
            fifo: Whether order is kept where it goes.
            about: Where it goes, for errors.

        Raises:
            InvalidRequest: AWS would refuse them, or misses one.
        """
        made = compact(
            {
                GROUP: _checked_id("group", group),
                DEDUPLICATION: _checked_id("deduplication_id", deduplication_id),
            }
        )
        if fifo and group is None:
            raise InvalidRequest(
                f"{about} is a FIFO {self.noun}: a message needs a group",
                hint="group='...': messages of one group are received in their order",
            )
        if not fifo and deduplication_id is not None:
            raise InvalidRequest(
                f"{about} is no FIFO {self.noun}: deduplication_id is for those", hint="leave it out"
            )
        return made


def _depth(value: object) -> int:
    """How deep a value is nested that has a JSON form."""
    depth, level = 0, [value]
    while level := [inner for each in level for inner in _parts(each)]:
        depth += 1
    return depth


def _parts(value: Any) -> Iterable[object]:
    if isinstance(value, (list, tuple)):
        return cast("Iterable[object]", value)
    return cast("Iterable[object]", value.values()) if isinstance(value, dict) else ()


def _checked_id(name: str, value: str | None) -> str | None:
    if value is not None and (not _ID.fullmatch(value) or len(value) > MAX_GROUP_CHARACTERS):
        raise InvalidRequest(
            f"{name}={value[:_SHOWN_CHARACTERS]!r}: it has 1 to {MAX_GROUP_CHARACTERS} ASCII letters, digits and"
            " punctuation marks"
        )
    return value


def identified(params: Mapping[str, Any], *, fifo: bool, derives_id: Callable[[], bool]) -> dict[str, Any]:
    """The parameters of a message with a deduplication id, where there must be one.

    It is made of the whole content, so that the same message sent twice within five minutes arrives once.

    Args:
        params: All other parameters.
        fifo: Whether order is kept where it goes.
        derives_id: Whether ids are made there; asked only if it matters.
    """
    made = dict(params)
    if fifo and DEDUPLICATION not in made and not derives_id():
        spelled = json.dumps(made, sort_keys=True, default=bytes.hex)
        made[DEDUPLICATION] = hashlib.sha256(spelled.encode()).hexdigest()
    return made


def derives_id(cloud: Cloud, key: tuple[object, ...], ask: Callable[[], bool | None]) -> bool:
    """Whether something FIFO makes deduplication ids of contents itself; asked once in a while.

    Args:
        cloud: The Cloud that it lives in, which keeps the answer.
        key: What the answer is kept under.
        ask: Asks.
    """

    def asked() -> bool:
        try:
            return bool(ask())
        except AccessDenied:
            # Who may send need not be allowed to look. An id of ours is right in either case.
            return False

    return cloud.lookup(key, asked)


def flag(value: bool) -> str:
    """A truth as AWS's text of it."""
    return "true" if value else "false"


QUEUES = Rules(
    service=SQS,
    noun="queue",
    max_name_characters=MAX_QUEUE_NAME_CHARACTERS,
    max_message_bytes=MAX_MESSAGE_BYTES,
    # SendMessage, MessageBody: "The following Unicode characters are allowed".
    refused=re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
    max_attributes=MAX_ATTRIBUTES,
    attribute_kinds="text, a number or bytes",
)
