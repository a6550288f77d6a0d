"""What the libraries below raise, in our words: the one place where that is done for SSH."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from cloudkit.ec2._printable import printable
from cloudkit.ec2._ssh import engine
from cloudkit.ec2.errors import LoginRefused
from cloudkit.errors import (
    AccessDenied,
    CloudError,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    NotFound,
)

# RFC 4254, section 5.1: what a server answers that would not open a channel.
_PROHIBITED = 1
_SHOWN_CHARACTERS = 500


@contextmanager
def failures(
    verb: str, where: str, *, doing: str, login: str = "", hint: str | None = None
) -> Generator[None]:
    """A block that speaks to an SSH server.

    Args:
        verb: What was called, for the error.
        where: Where that is.
        doing: What is done, as "connecting".
        login: Who logs in with what.
        hint: What to do if there is no connection.
    """
    paramiko = engine.paramiko()
    try:
        yield
    except DeadlineExceeded as error:
        error.operation = error.operation or verb
        error.resource = error.resource or where
        raise
    except CloudError:
        raise
    except paramiko.AuthenticationException as error:
        raise LoginRefused(
            f"it does not let {login} in: {_words(error)}",
            operation=verb,
            resource=where,
            hint="is that the user of its image, and the key that it was launched with? user= and key= say another;"
            " via='connect' needs no key",
        ) from error
    except paramiko.ChannelException as error:
        refused = error.code == _PROHIBITED
        kind: type[CloudError] = AccessDenied if refused else ConnectionFailed
        raise kind(
            f"{doing}: {_words(error)}",
            operation=verb,
            resource=where,
            retryable=not refused,
            hint=None if refused else hint,
        ) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        if "No authentication methods" in str(error):
            raise LoginRefused(
                f"there is no key to log in with as {login}",
                operation=verb,
                resource=where,
                hint="key='path/to/it.pem', or the agent (ssh-add); via='connect' needs none",
            ) from error
        raise ConnectionFailed(
            f"{doing}: {_words(error)}", operation=verb, resource=where, retryable=True, hint=hint
        ) from error


@contextmanager
def file_failures(verb: str, where: str, path: str) -> Generator[None]:
    """A block that is about one file there."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there", operation=verb, resource=where) from error
    except PermissionError as error:
        raise AccessDenied(
            f"{path}: the user may not",
            operation=verb,
            resource=where,
            hint="put it where the user may write, and move it with run('sudo mv ...')",
        ) from error
    except IsADirectoryError as error:
        raise InvalidRequest(f"{path} is a folder", operation=verb, resource=where) from error


def _words(error: BaseException) -> str:
    text = str(error).strip().rstrip(".")
    if isinstance(error, TimeoutError) or "timed out" in text:
        return "no answer in time"
    # A server that nobody has looked at yet may have said some of it.
    return printable(text[:_SHOWN_CHARACTERS]) or "the connection was closed"
