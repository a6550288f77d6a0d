"""Host keys that an instance has written to its console, where AWS alone can have read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cloudkit._core.waiting import wait_until
from cloudkit.ec2._limits import CONSOLE_SECONDS
from cloudkit.ec2._service import EC2
from cloudkit.ec2._ssh.facts import Facts
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.host_key import HostKey
from cloudkit.errors import CloudError, InvalidRequest, WaitTimeout

# cloud-init's marks, behind what the console puts before a line: a time, "cloud-init[812]:", "<14>May  1 12:00:00 ec2:".
_BEGIN = re.compile(r"-----BEGIN SSH HOST KEY (KEYS|FINGERPRINTS)-----\s*$")
_END = re.compile(r"-----END SSH HOST KEY (KEYS|FINGERPRINTS)-----\s*$")
_KEY = re.compile(r"(?:^|\s)(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d{3}) (AAAA[A-Za-z0-9+/]+={0,3})(?:\s|$)")
_PRINT = re.compile(r"(?:^|\s)(SHA256:[A-Za-z0-9+/]{43})(?:\s.*\((\w[\w-]*)\))?\s*$")
_KINDS = {"ED25519": "ssh-ed25519", "RSA": "ssh-rsa", "ECDSA": "ecdsa-sha2-nistp256"}


def keys_in(text: str) -> Sequence[HostKey]:
    """The host keys in a console's text.

    Of each section the first one counts: it was written before any service listened that could be made to write
    another one there. One that is not whole counts for nothing.
    """
    found: dict[str, HostKey] = {}
    for kind, lines in _sections(text).items():
        for line in lines:
            for key in _read(kind, line):
                if key.body is not None or key.fingerprint not in found:
                    found[key.fingerprint] = key
    return tuple(found.values())


def _sections(text: str) -> dict[str, list[str]]:
    whole: dict[str, list[str]] = {}
    kind: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        begin, end = _BEGIN.search(line), _END.search(line)
        if begin is not None:
            kind, lines = begin[1], []
        elif end is not None:
            if kind is not None and kind == end[1]:
                whole.setdefault(kind, lines)
            kind = None
        elif kind is not None:
            lines.append(line)
    return whole


def _read(section: str, line: str) -> Iterator[HostKey]:
    if section == "KEYS":
        found = _KEY.search(line)
        if found is not None:
            try:
                yield HostKey.of(found[1], found[2])
            except InvalidRequest:
                return  # cut, or mixed up with another line
    else:
        found = _PRINT.search(line)
        if found is not None:
            yield HostKey(found[1], _KINDS.get(found[2] or ""))


def console_keys(box: Box, found: Facts) -> Sequence[HostKey]:
    """Those of an instance; empty if its console shows none. An instance that is young is waited for.

    Raises:
        CloudError: The console cannot be read.
    """
    left = CONSOLE_SECONDS - found.age
    if left <= 0:
        return _look(box)
    try:
        return wait_until(
            lambda: _look(box),
            lambda keys: bool(keys),
            timeout=left,
            clock=box.cloud.clock,
            what=f"the host keys on the console of {box.id}",
            shown=lambda _: "none yet",
        )
    except WaitTimeout:
        return ()


def _look(box: Box) -> Sequence[HostKey]:
    try:
        return _written(box, latest=True)
    except CloudError as error:
        # Types that are not of the Nitro system have no newest output, only that of the start.
        if error.code != "UnsupportedOperation":
            raise
        return _written(box, latest=None)


def _written(box: Box, *, latest: bool | None) -> Sequence[HostKey]:
    params = {"InstanceId": box.id, "Latest": latest}
    answer = box.cloud.invoke(EC2, "get_console_output", params, about=box.id)
    return keys_in(str(answer.get("Output") or ""))
