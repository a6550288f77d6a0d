"""What the body of a message says, as a value."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Codec(Protocol[T_co]):
    """Makes bodies of values, and values of bodies: for `Queue(..., body=codec)`, where no type says enough.

    Queues and messages that go to other processes take it with them, by pickle.

    Examples:
        >>> class Upper:
        ...     def encode(self, value):
        ...         return value.lower()
        ...     def decode(self, text):
        ...         return text.upper()
        >>> Queue("jobs", body=Upper()).receive(wait=0)[0].data
        'RESIZE CAT.JPG'

    AWS: none
    """

    def encode(self, value: Any, /) -> str:
        """Make the text that is sent. No request.

        Args:
            value: What was given to `send`.

        Returns:
            The text.

        Raises:
            ValueError: It has none; or TypeError, LookupError or a `CloudError`.

        Examples:
            >>> class Upper:
            ...     def encode(self, value):
            ...         return value.lower()
            ...     def decode(self, text):
            ...         return text.upper()
            >>> Queue("jobs", body=Upper()).send("CAT").id == ""
            False

        AWS: none
        """
        ...

    def decode(self, text: str, /) -> T_co:
        """Make the value that a text says. No request.

        Args:
            text: The body of a message, which anybody may have sent.

        Returns:
            The value.

        Raises:
            ValueError: It says none; or TypeError, LookupError or a `CloudError`. `message.data` makes a `DecodeError` of it.

        Examples:
            >>> class Upper:
            ...     def encode(self, value):
            ...         return value.lower()
            ...     def decode(self, text):
            ...         return text.upper()
            >>> Queue("jobs", body=Upper()).receive(wait=0)[0].data
            'RESIZE CAT.JPG'

        AWS: none
        """
        ...
