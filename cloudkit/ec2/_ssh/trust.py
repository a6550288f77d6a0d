"""Whether a server is the one that is meant: what vouches for its host key."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence

from attrs import define, field, frozen

from cloudkit._core.cloud import Cloud
from cloudkit.ec2._ssh import known_hosts
from cloudkit.ec2._ssh.console import console_keys
from cloudkit.ec2._ssh.facts import Facts
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.errors import HostKeyChanged, HostKeyUnknown
from cloudkit.ec2.host_key import HostKey
from cloudkit.errors import CloudError, InvalidRequest

# What this process has seen: by account and instance, since addresses go from one instance to another.
_seen: weakref.WeakKeyDictionary[Cloud, dict[str, HostKey]] = weakref.WeakKeyDictionary()


@frozen
class Vouched:
    """Keys, and who says that they are right.

    Attributes:
        by: Who, in words.
        keys: The keys.
        of_instance: Whether they are those of the instance, and not of whoever had its address once.
    """

    by: str
    keys: tuple[HostKey, ...]
    of_instance: bool = True


@define(eq=False, repr=False)
class Guard:
    """Decides on the host key of one connection.

    Attributes:
        host: Where the connection goes to.
        port: Its port.
        given: Keys that the caller says are right.
        file: The file of host keys that the caller named.
        box: The instance, if it is one.
        facts: What AWS says of it, where it was asked.
    """

    host: str
    port: int
    given: tuple[HostKey, ...] = ()
    file: str | os.PathLike[str] | None = None
    box: Box | None = None
    facts: Facts | None = None
    _vouched: Vouched = field(init=False, default=Vouched("nothing", ()))
    _revoked: tuple[HostKey, ...] = field(init=False, default=())

    def prepare(self) -> Sequence[str]:
        """Find out whose word counts, before there is a connection; the kinds of key that are known, first the best.

        What the caller gives counts alone. Else what is known of the instance, else of its address, else what its
        console shows.
        """
        self._vouched = self._known() or self._console()
        return [key.kind for key in self._vouched.keys if key.kind is not None]

    def _known(self) -> Vouched | None:
        path = known_hosts.USERS_OWN if self.file is None else self.file
        by_address = known_hosts.known(path, [known_hosts.name_of(self.host, self.port)])
        self._revoked = by_address.revoked
        if self.given:
            return Vouched("host_key=", self.given)
        if self.box is not None:
            by_id = known_hosts.known(path, [self.box.id])
            self._revoked += by_id.revoked
            seen = _seen.get(self.box.cloud, {}).get(self.box.id)
            if seen is not None:
                return Vouched("an earlier connection", (seen,))
            if by_id.keys:
                return Vouched(str(path), by_id.keys)
        if by_address.keys:
            return Vouched(str(path), by_address.keys, of_instance=self.box is None)
        return None

    def _console(self) -> Vouched:
        if self.box is None or self.facts is None:
            return Vouched("nothing", ())
        return Vouched("the console", tuple(console_keys(self.box, self.facts)))

    def check(self, shown: HostKey) -> None:
        """Let a server through that shows this key.

        Raises:
            HostKeyUnknown: Nothing vouches for it.
            HostKeyChanged: It is another than the one that is known, or was revoked.
        """
        if shown in self._revoked:
            raise self._changed(shown, "it was revoked", ())
        if shown not in self._vouched.keys and not self._vouched.of_instance:
            # The address is known with another key. It may have been another instance's: the console knows better.
            earlier, self._vouched = self._vouched, self._console()
            if not self._vouched.keys:
                self._vouched = earlier
        if shown in self._vouched.keys:
            self._remember(shown)
            return
        if any(key.kind in (None, shown.kind) for key in self._vouched.keys):
            raise self._changed(
                shown, f"{self._vouched.by} has another", [key.fingerprint for key in self._vouched.keys]
            )
        raise self._unknown(shown)

    def _remember(self, shown: HostKey) -> None:
        if self.box is None:
            return
        # One operation, which no other thread comes between.
        _seen.setdefault(self.box.cloud, {})[self.box.id] = shown
        if self.file is None:
            return
        try:
            known_hosts.add(self.file, self.box.id, shown)
        except OSError as error:
            raise InvalidRequest(
                f"known_hosts={str(self.file)!r}: the host key cannot be written there: {error.strerror}",
                operation="ssh",
                resource=self._name,
            ) from error

    @property
    def _name(self) -> str:
        where = known_hosts.name_of(self.host, self.port)
        return where if self.box is None else f"{self.box.id} ({where})"

    def _unknown(self, shown: HostKey) -> CloudError:
        places = "known_hosts" if self.box is None else "neither its console nor known_hosts"
        error = HostKeyUnknown(
            f"its host key {shown.kind} {shown.fingerprint} is not known: {places} shows it"
            if self.box is not None
            else f"its host key {shown.kind} {shown.fingerprint} is not in {places}",
            operation="ssh",
            resource=self._name,
            hint=f"if it is right (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub on the machine shows it):"
            f" host_key={shown.fingerprint!r}"
            + ("" if self.box is None else "; box.host_keys(via='ssm') asks the machine itself"),
        )
        error.fingerprint, error.host_key = shown.fingerprint, str(shown)
        return error

    def _changed(self, shown: HostKey, why: str, expected: Sequence[str]) -> CloudError:
        error = HostKeyChanged(
            f"its host key is {shown.kind} {shown.fingerprint}, but {why}"
            + (f": {', '.join(expected)}" if expected else ""),
            operation="ssh",
            resource=self._name,
            hint="another machine may be in its place. If its keys were made anew on purpose, take the old one out of"
            f" where it is known, or give host_key={shown.fingerprint!r}",
        )
        error.fingerprint, error.host_key, error.expected = shown.fingerprint, str(shown), tuple(expected)
        return error


def forget(box: Box) -> None:
    """Know nothing more of its host key."""
    _seen.get(box.cloud, {}).pop(box.id, None)
