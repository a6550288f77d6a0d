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
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest

# What this process has seen: by account, instance and port, since addresses go from one instance to another.
_seen: weakref.WeakKeyDictionary[Cloud, dict[tuple[str, int], HostKey]] = weakref.WeakKeyDictionary()


@frozen
class Vouched:
    """Keys, and who says that they are right.

    Attributes:
        by: Who, in words.
        keys: The keys.
    """

    by: str
    keys: tuple[HostKey, ...]


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

        What the caller gives counts alone. Else what is known of the instance, else what its console shows, and only
        then what is known of its address: addresses, private ones above all, are those of one instance after another.
        """
        path = known_hosts.USERS_OWN if self.file is None else self.file
        by_address = known_hosts.known(path, [known_hosts.name_of(self.host, self.port)])
        self._revoked = by_address.revoked
        self._vouched = self._known(path) or self._console(bool(by_address.keys))
        if not self._vouched.keys and by_address.keys:
            self._vouched = Vouched(str(path), by_address.keys)
        return [key.kind for key in self._vouched.keys if key.kind is not None]

    def _known(self, path: str | os.PathLike[str]) -> Vouched | None:
        by_id = known_hosts.Known()
        if self.box is not None:
            by_id = known_hosts.known(path, [known_hosts.name_of(self.box.id, self.port)])
            self._revoked += by_id.revoked
        if self.given:
            return Vouched("host_key=", self.given)
        if self.box is not None:
            seen = _seen.get(self.box.cloud, {}).get((self.box.id, self.port))
            if seen is not None:
                return Vouched("an earlier connection", (seen,))
            if by_id.keys:
                return Vouched(str(path), by_id.keys)
        return None

    def _console(self, dispensable: bool) -> Vouched:
        if self.box is None or self.facts is None:
            return Vouched("nothing", ())
        try:
            return Vouched("the console", tuple(console_keys(self.box, self.facts)))
        except AccessDenied:
            if not dispensable:
                raise
            return Vouched("nothing", ())

    def check(self, shown: HostKey) -> None:
        """Let a server through that shows this key.

        Raises:
            HostKeyUnknown: Nothing vouches for it.
            HostKeyChanged: It is another than the one that is known, or was revoked.
        """
        if shown in self._revoked:
            raise self._changed(shown, "it was revoked", ())
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
        _seen.setdefault(self.box.cloud, {})[self.box.id, self.port] = shown
        if self.file is None:
            return
        try:
            known_hosts.add(self.file, known_hosts.name_of(self.box.id, self.port), shown)
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
    """Know nothing more of its host keys."""
    seen = _seen.get(box.cloud, {})
    for place in [each for each in seen if each[0] == box.id]:
        seen.pop(place, None)
