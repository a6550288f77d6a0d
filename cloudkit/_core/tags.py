"""Tags as a mapping that writes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

from typing_extensions import override

from cloudkit.errors import InvalidRequest
from cloudkit.types import TagMap

MAX_TAG_KEY_CHARACTERS = 128  # Tagging best practices, AWS General Reference
MAX_TAG_VALUE_CHARACTERS = 256
RESERVED_TAG_PREFIX = "aws:"


class Tags(MutableMapping[str, str]):
    """The tags of one thing: read once, written as they are set.

    Example:
        >>> bucket = Bucket("acme-photos")
        >>> bucket.tags["team"] = "web"
        >>> dict(bucket.tags)
        {'team': 'web'}
    """

    def __init__(
        self,
        load: Callable[[], Mapping[str, str]],
        put: Callable[[dict[str, str]], object],
        remove: Callable[[Sequence[str]], object],
    ) -> None:
        self._load = load
        self._put = put
        self._remove = remove
        self._kept: dict[str, str] | None = None

    def _tags(self) -> dict[str, str]:
        if self._kept is None:
            self._kept = dict(self._load())
        return self._kept

    @override
    def __getitem__(self, key: str) -> str:
        return self._tags()[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._tags()))

    @override
    def __len__(self) -> int:
        return len(self._tags())

    @override
    def __setitem__(self, key: str, value: str) -> None:
        self.merge({key: value})

    @override
    def __delitem__(self, key: str) -> None:
        if key not in self._tags():
            raise KeyError(key)
        self.discard([key])

    @override
    def clear(self) -> None:
        """Take all tags away. AWS's own (`aws:...`) stay."""
        self.discard([key for key in self._tags() if not key.startswith(RESERVED_TAG_PREFIX)])

    def merge(self, tags: TagMap) -> None:
        """Set several tags in one request; the others stay.

        Args:
            tags: Keys of up to 128 characters, not starting with `aws:`; values of up to 256.

        Raises:
            InvalidRequest: A key or value that AWS would refuse.
        """
        if tags:
            self._put(checked_tags(tags))
            self._kept = None

    def discard(self, keys: Sequence[str]) -> None:
        """Take several tags away in one request; missing ones are fine."""
        if keys:
            self._remove(keys)
            self._kept = None

    def replace(self, tags: TagMap) -> None:
        """Make these the tags: set those, take the others away."""
        gone = [key for key in self._tags() if key not in tags and not key.startswith(RESERVED_TAG_PREFIX)]
        self.merge(tags)
        self.discard(gone)

    @override
    def __repr__(self) -> str:
        return f"Tags({self._kept})" if self._kept is not None else "Tags(not read yet)"


def checked_tags(tags: TagMap) -> dict[str, str]:
    """The tags, if AWS takes them."""
    for key, value in tags.items():
        if not 1 <= len(key) <= MAX_TAG_KEY_CHARACTERS:
            raise InvalidRequest(f"tag {key[:40]!r}: a key has 1 to {MAX_TAG_KEY_CHARACTERS} characters")
        if key.lower().startswith(RESERVED_TAG_PREFIX):
            raise InvalidRequest(f"tag {key!r}: AWS keeps {RESERVED_TAG_PREFIX}... for itself")
        if len(value) > MAX_TAG_VALUE_CHARACTERS:
            raise InvalidRequest(f"tag {key!r}: a value has at most {MAX_TAG_VALUE_CHARACTERS} characters")
    return dict(tags)
