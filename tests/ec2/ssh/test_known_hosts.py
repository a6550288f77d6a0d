from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudkit.ec2 import HostKey
from cloudkit.ec2._ssh.known_hosts import add, known, name_of
from tests.ec2.ssh.test_console import KEY, OTHER

HOST = HostKey.parse(KEY)


@pytest.mark.parametrize(
    "hosts",
    ["box.test", "BOX.test", "other,box.test", "*.test", "box.*,!other", "b?x.test", "10.0.0.1,*"],
)
def test_names_that_match(tmp_path: Path, hosts: str) -> None:
    (tmp_path / "hosts").write_text(f"# a comment\n\n{hosts} {KEY} comment\n")
    assert known(tmp_path / "hosts", ["box.test"]).keys == (HOST,)


@pytest.mark.parametrize(
    "hosts", ["box", "*.test,!box.test", "[box.test]:22", "box_test", "|1|x|y", "|1|bad"]
)
def test_names_that_do_not(tmp_path: Path, hosts: str) -> None:
    (tmp_path / "hosts").write_text(f"{hosts} {KEY}\n")
    assert known(tmp_path / "hosts", ["box.test"]).keys == ()


def test_a_port_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(f"[box.test]:2222 {KEY}\nbox.test {OTHER}\n")
    assert known(tmp_path / "hosts", [name_of("box.test", 2222)]).keys == (HOST,)
    assert known(tmp_path / "hosts", [name_of("box.test", 22)]).keys == (HostKey.parse(OTHER),)


def test_names_that_openssh_has_hashed(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text(f"box.test {KEY}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "box.test" not in file.read_text()
    assert known(file, ["box.test"]).keys == (HOST,)
    assert known(file, ["box2.test"]).keys == ()


def test_a_hash_is_that_of_the_name_in_small_letters(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text(f"box.test {KEY}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert known(file, ["Box.TEST"]).keys == (HOST,)


@pytest.mark.parametrize("mark", ["@cert-authority", "@unknown", "@"])
def test_a_mark_makes_it_something_else(tmp_path: Path, mark: str) -> None:
    (tmp_path / "hosts").write_text(f"{mark} box.test {KEY}\n")
    assert known(tmp_path / "hosts", ["box.test"]).keys == ()


@pytest.mark.parametrize("end", ["\v", "\f", "\x1c", "\x85", "\u2028", "\u00a0"])
def test_a_line_ends_where_openssh_ends_it(tmp_path: Path, end: str) -> None:
    """A comment may be anybody's."""
    (tmp_path / "hosts").write_text(
        f"other {OTHER} x{end}box.test {KEY}\nbox.test{end}{KEY}\n", encoding="utf-8"
    )
    assert known(tmp_path / "hosts", ["box.test"]).keys == ()


def test_marks(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(f"@revoked * {KEY}\n@cert-authority * {OTHER}\n")
    found = known(tmp_path / "hosts", ["box.test"])
    assert (found.keys, found.revoked) == ((), (HOST,))


def test_lines_that_are_not_understood_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_bytes(
        b"\xff\xfe\nbox.test\nbox.test ssh-dss AAAA\n" + f"box.test {KEY}\n".encode()
    )
    assert known(tmp_path / "hosts", ["box.test"]).keys == (HOST,)
    assert known(tmp_path / "nothing", ["box.test"]).keys == ()


def test_a_key_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    for _ in range(2):
        add(file, "i-1", HOST)
    add(file, "i-1", HostKey.parse(HOST.fingerprint))
    add(file, "i-2", HostKey(HOST.fingerprint))
    assert file.read_text() == f"i-1 {KEY}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(OSError):
        add(tmp_path / "link", "i-1", HOST)


def test_a_last_line_without_an_end_stays_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text(f"other {OTHER}")
    add(file, "i-1", HOST)
    assert file.read_text() == f"other {OTHER}\ni-1 {KEY}\n"


@pytest.mark.parametrize(
    "name", ["*", "i-?", "!i-1", "a,b", f"x {OTHER}\ni-1", "|1|x", "@revoked", "#", "", "\u0131"]
)
def test_a_name_that_would_mean_others_is_not_written(tmp_path: Path, name: str) -> None:
    add(tmp_path / "hosts", name, HOST)
    assert not (tmp_path / "hosts").exists()
