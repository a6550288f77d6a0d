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

    Examples:
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
        replace: Callable[[dict[str, str]], object] | None = None,
    ) -> None:
        self._load = load
        self._put = put
        self._remove = remove
        # Where AWS takes all tags at once; those of its own are for the function to keep.
        self._replace = replace
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
        self.discard([key for key in self._tags() if not _is_reserved(key)])

    def merge(self, tags: TagMap) -> None:
        """Set several tags in one request; the others stay.

        Args:
            tags: Keys of up to 128 characters, not starting with `aws:`; values of up to 256.

        Raises:
            InvalidRequest: A key or value that AWS would refuse.
        """
        wanted = checked_tags(tags)
        if wanted:
            self._put(wanted)
            self._kept = None

    def discard(self, keys: Sequence[str]) -> None:
        """Take several tags away in one request; missing ones are fine.

        Args:
            keys: The keys.

        Raises:
            InvalidRequest: A text, which is one key and not several.
        """
        if isinstance(keys, str):
            raise InvalidRequest(
                f"discard({keys!r}): a text is one key, not several", hint=f"discard([{keys!r}])"
            )
        if keys:
            self._remove(keys)
            self._kept = None

    def replace(self, tags: TagMap) -> None:
        """Make these the tags: set those, take the others away. AWS's own (`aws:...`) stay, named or not.

        Args:
            tags: As in `merge`; those of AWS's own may be among them, as they are.

        Raises:
            InvalidRequest: A key or value that AWS would refuse.
        """
        given = _mapping(tags)
        kept = {key: value for key, value in given.items() if _is_reserved(key)}
        wanted = checked_tags({key: value for key, value in given.items() if key not in kept})
        if kept and not kept.items() <= self._tags().items():
            checked_tags(kept)
        if self._replace is None:
            gone = [key for key in self._tags() if key not in wanted and not _is_reserved(key)]
            self.merge(wanted)
            self.discard(gone)
        else:
            self._replace(wanted)
            self._kept = None

    @override
    def __repr__(self) -> str:
        return f"Tags({self._kept})" if self._kept is not None else "Tags(not read yet)"


def checked_tags(tags: TagMap) -> dict[str, str]:
    """The tags, if AWS takes them."""
    for key, value in _mapping(tags).items():
        if not all(_is_text(each) for each in (key, value)):
            raise InvalidRequest(
                f"tag {key!r}: {value!r}: key and value are text", hint=f"{{{str(key)!r}: {str(value)!r}}}"
            )
        if not 1 <= len(key) <= MAX_TAG_KEY_CHARACTERS:
            raise InvalidRequest(f"tag {key[:40]!r}: a key has 1 to {MAX_TAG_KEY_CHARACTERS} characters")
        if _is_reserved(key):
            raise InvalidRequest(f"tag {key!r}: AWS keeps {RESERVED_TAG_PREFIX}... for itself")
        if len(value) > MAX_TAG_VALUE_CHARACTERS:
            raise InvalidRequest(f"tag {key!r}: a value has at most {MAX_TAG_VALUE_CHARACTERS} characters")
    return dict(tags)


def _mapping(given: TagMap) -> TagMap:
    if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"{given!r} are no tags: they are a mapping of text to text", hint="{'team': 'web'}"
        )
    return given


def _is_text(given: object) -> bool:
    return isinstance(given, str)


def _is_reserved(key: object) -> bool:
    return isinstance(key, str) and key.lower().startswith(RESERVED_TAG_PREFIX)
