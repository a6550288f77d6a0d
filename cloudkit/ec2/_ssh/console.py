"""Host keys that an instance has written to its console, where AWS alone can have read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cloudkit._core.waiting import wait_until
from cloudkit.ec2._limits import CONSOLE_SECONDS
from cloudkit.ec2._service import EC2
from cloudkit.ec2._ssh.facts import Facts
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.host_key import HostKey
from cloudkit.errors import CloudError, InvalidRequest, WaitTimeout

# What a console puts before cloud-init's lines: times, "<14>", "cloud-init[812]:", "May  1 12:00:00 ip-10-0-0-1 ec2:".
# Nothing else may stand there: other programs write lines to it too, in which there may be what strangers have sent.
_BEFORE = (
    r"(?:\[ *\d+\.\d+\] |<\d+>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT[\d:.+Z-]+ "
    r"|(?:[\w.-]+ )?(?:cloud-init|ci-info|ec2)(?:\[\d+\])?: )*"
)
_MARK = re.compile(rf"{_BEFORE}-----(BEGIN|END) SSH HOST KEY (KEYS|FINGERPRINTS)-----[ \t\r]*", re.A)
_KINDS = "ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
_KEY = re.compile(rf"{_BEFORE}({_KINDS}) (AAAA[A-Za-z0-9+/]+={{0,3}})(?:[ \r].*)?", re.A)
_PRINT = re.compile(rf"{_BEFORE}\d+ (SHA256:[A-Za-z0-9+/]{{43}}) .*\((\w[\w-]*)\)[ \t\r]*", re.A)
_KIND_OF = {"ED25519": "ssh-ed25519", "RSA": "ssh-rsa", "ECDSA": "ecdsa-sha2-nistp256"}


def keys_in(text: str) -> Sequence[HostKey]:
    """The host keys in a console's text: those that all of its sections show.

    cloud-init writes them once, as fingerprints and as keys. If there is more, somebody else has written it, before or
    after: nobody can tell which is which, but what was added can only take keys away.
    """
    sections = [found for kind, lines in _sections(text) if (found := _read(kind, lines))]
    agreed = [each for each in sections[0] if all(each in other for other in sections)] if sections else []
    # A key says more than its fingerprint.
    return tuple(
        max((other[each] for other in sections), key=lambda key: key.body is not None) for each in agreed
    )


def _sections(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Kind and lines of each section that is whole."""
    kind = ""  # outside of all sections
    lines: list[str] = []
    # Not splitlines(): that begins a new line where a console does not, and what is in a line may be a stranger's.
    for line in text.split("\n"):
        mark = _MARK.fullmatch(line)
        if mark is None:
            lines.append(line)
            continue
        if mark[1] == "END" and mark[2] == kind:
            yield kind, lines
        kind, lines = (mark[2] if mark[1] == "BEGIN" else ""), []


def _read(section: str, lines: Iterable[str]) -> Mapping[str, HostKey]:
    """The keys of a section, by fingerprint. One that was cut, or mixed up with another line, counts for nothing."""
    found: dict[str, HostKey] = {}
    for line in lines:
        if section == "KEYS":
            match = _KEY.fullmatch(line)
            if match is not None:
                try:
                    key = HostKey.of(match[1], match[2])
                except InvalidRequest:
                    continue
                found[key.fingerprint] = key
        else:
            match = _PRINT.fullmatch(line)
            if match is not None:
                found[match[1]] = HostKey(match[1], _KIND_OF.get(match[2]))
    return found


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
