from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from cloudkit.ec2 import HostKey, HostKeyChanged, HostKeyUnknown
from cloudkit.ec2._ssh.console import keys_in
from cloudkit.errors import AccessDenied, InvalidRequest
from tests.ec2.ssh.server import Server, sshd
from tests.ec2.ssh.world import Machine
from tests.faults import FaultServer, Reply, Request

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcO/A6JWWd4YHZctFGZOIBfmfCWORPX7QpYG/xxOhnw"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIpPQ+B//po40hAx4ta9p6HXTqfv+CQsEPmYVnPB4Zde"
PRINT = HostKey.parse(KEY).fingerprint


def section(kind: str, *lines: str, before: str = "") -> str:
    marks = [f"-----{each} SSH HOST KEY {kind}-----" for each in ("BEGIN", "END")]
    return "\n".join(before + each for each in (marks[0], *lines, marks[1])) + "\n"


# -- what is written there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        "",
        "[   12.345678] cloud-init[1234]: ",
        "<14>May  1 12:00:00 ec2: ",
        "ec2: ",
        "2024-05-01T12:00:00Z ci-info: ",
    ],
)
def test_keys_behind_whatever_stands_before_a_line(before: str) -> None:
    (found,) = keys_in("boot\r\n" + section("KEYS", f"{KEY} root@ip-10-0-0-1", before=before) + "login: ")
    assert (found.kind, found.fingerprint, str(found)) == ("ssh-ed25519", PRINT, KEY)


@pytest.mark.parametrize(
    "line",
    [
        f"256 {PRINT} root@ip-10-0-0-1 (ED25519)",
        f"256 {PRINT} no comment (ED25519)",
        f"256 {PRINT}  root (ED25519)",
    ],
)
def test_fingerprints(line: str) -> None:
    (found,) = keys_in(section("FINGERPRINTS", line, before="ec2: "))
    assert (found.kind, found.fingerprint, found.body) == ("ssh-ed25519", PRINT, None)


def test_a_key_says_more_than_its_fingerprint() -> None:
    both = section("FINGERPRINTS", f"256 {PRINT} root (ED25519)") + section("KEYS", KEY)
    (found,) = keys_in(both)
    assert str(found) == KEY


def test_fingerprints_of_md5_prove_nothing() -> None:
    assert (
        keys_in(section("FINGERPRINTS", "2048 aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99 root (RSA)"))
        == ()
    )


@pytest.mark.parametrize("kind", ["KEYS", "FINGERPRINTS"])
def test_whoever_can_write_there_too_can_add_no_key(kind: str) -> None:
    """Before cloud-init did, as what user data prints, or after."""
    print_of_other = HostKey.parse(OTHER).fingerprint
    forged = section(kind, OTHER if kind == "KEYS" else f"256 {print_of_other} root@box (ED25519)")
    real = section("FINGERPRINTS", f"256 {PRINT} root@box (ED25519)") + section("KEYS", KEY)
    for text in (forged + real, real + forged, section("KEYS", KEY) + forged, forged + section("KEYS", KEY)):
        assert keys_in(text) == ()
    both = section("KEYS", KEY, OTHER)
    assert [str(key) for key in keys_in(both + real)] == [str(key) for key in keys_in(real + both)] == [KEY]


def test_what_is_written_twice_is_fine() -> None:
    """To the console, by syslog, and with some of it cut."""
    rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC4yha3xcGv"  # too long for a line
    text = section("KEYS", KEY, rsa) + section(
        "KEYS", KEY, before="<14>Jan  6 15:27:31 ip-10-0-0-1 cloud-init: "
    )
    assert [str(key) for key in keys_in(text)] == [KEY]


@pytest.mark.parametrize(
    "before",
    ["nginx: GET /", "sshd[812]: Invalid user ", "cloud-init", "ec2:", "x ", "a b ec2: ", "\x0c", "\u2028"],
)
def test_what_other_programs_write_counts_for_nothing(before: str) -> None:
    """There may be what strangers have sent them, in lines of theirs."""
    assert keys_in(section("KEYS", KEY, before=before)) == ()
    inner = section("KEYS", f"{before}{OTHER}", KEY, f"[    9.1] random: {OTHER}")
    assert [str(key) for key in keys_in(inner)] == [KEY]
    prints = section("FINGERPRINTS", f"{before}256 {PRINT} root (ED25519)")
    assert keys_in(prints) == ()


@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028"])
def test_a_line_ends_where_consoles_end_it(end: str) -> None:
    """What a stranger has sent is in one line of a log."""
    text = f"nginx: GET /{end}" + section("KEYS", KEY).replace("\n", end) + f"{end} 404\n"
    assert keys_in(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY,
        section("KEYS", KEY).partition("-----END")[0],
        section("KEYS", KEY).partition("\n")[2],
        section("KEYS", f"echo {KEY[:40]}"),
        section("KEYS", KEY.replace("ssh-ed25519 ", "ssh-rsa ")),
        section("KEYS", KEY).replace("END SSH HOST KEY KEYS", "END SSH HOST KEY FINGERPRINTS"),
        f"GET /-----BEGIN SSH HOST KEY KEYS----- x\n{KEY}\nGET /-----END SSH HOST KEY KEYS----- x\n",
    ],
)
def test_what_is_no_whole_section_counts_for_nothing(text: str) -> None:
    assert keys_in(text) == ()


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert keys_in(text) == ()
    assert [str(key) for key in keys_in(section("KEYS", KEY) + text)] == [KEY]


# -- an instance, with a real server -----------------------------------------------------------------------------


def test_the_host_key_comes_from_the_console(server: Server, faults: FaultServer) -> None:
    box = Machine(consoles=[server.console]).put_on(faults)
    with box.ssh(**server.login_but(host_key=None)) as ssh:
        assert ssh.run("echo hello").stdout == "hello\n"
        assert ssh.host == "127.0.0.1"
    assert faults.operations == ["DescribeInstances", "GetConsoleOutput"]
    with box.ssh(**server.login_but(host_key=None)) as ssh:
        assert ssh.connected
    assert faults.operations.count("GetConsoleOutput") == 1, "it is known"


def test_a_young_instance_s_console_is_waited_for(server: Server, faults: FaultServer) -> None:
    box = Machine(age=20, consoles=["", "Linux version", server.console]).put_on(faults)
    with box.ssh(**server.login_but(host_key=None)) as ssh:
        assert ssh.connected
    assert faults.operations.count("GetConsoleOutput") == 3


def test_a_console_that_never_shows_it(server: Server, faults: FaultServer) -> None:
    for age, looks in ((3600.0, 1), (250.0, 2)):
        box = Machine(age=age, consoles=["Linux version"]).put_on(faults)
        with pytest.raises(HostKeyUnknown) as caught:
            box.ssh(**server.login_but(host_key=None)).open()
        assert caught.value.fingerprint == server.host_key.fingerprint
        assert "console" in str(caught.value)
        assert "via='ssm'" in str(caught.value.hint)
        assert faults.operations.count("GetConsoleOutput") >= looks


def test_a_console_that_shows_another(server: Server, faults: FaultServer) -> None:
    box = Machine(consoles=[section("KEYS", OTHER)]).put_on(faults)
    with pytest.raises(HostKeyChanged) as caught:
        box.ssh(**server.login_but(host_key=None)).open()
    assert caught.value.expected == (HostKey.parse(OTHER).fingerprint,)


def test_types_that_have_no_newest_output(server: Server, faults: FaultServer) -> None:
    machine = Machine(consoles=[server.console])

    def console(request: Request) -> Reply:
        if request.form.get("Latest") == "true":
            return Reply.ec2_error("UnsupportedOperation", "This instance type does not support it")
        machine.more = {}
        return machine._answer(request)

    machine.more = {"GetConsoleOutput": console}
    box = machine.put_on(faults)
    assert set(box.host_keys()) == {server.host_key, server.rsa_host_key}


def test_an_address_vouches_for_no_instance_whose_console_says_another(
    server: Server, faults: FaultServer, home: Path
) -> None:
    """A connection that ends at whoever had the address before, or has it in another network."""
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    box = Machine(consoles=[section("KEYS", OTHER)]).put_on(faults)
    with pytest.raises(HostKeyChanged, match="the console has another"):
        box.ssh(**server.login_but(host_key=None)).open()


def test_an_address_vouches_where_the_console_says_nothing(
    server: Server, faults: FaultServer, home: Path
) -> None:
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    box = Machine(consoles=["Linux version"]).put_on(faults)
    with box.ssh(**server.login_but(host_key=None)) as ssh:
        assert ssh.connected


def test_who_may_not_read_the_console_can_do_with_the_address(
    server: Server, faults: FaultServer, home: Path
) -> None:
    def refuse(_: Request) -> Reply:
        return Reply.ec2_error("UnauthorizedOperation", "no", status=403)

    box = Machine(more={"GetConsoleOutput": refuse}).put_on(faults)
    with pytest.raises(AccessDenied):
        box.ssh(**server.login_but(host_key=None)).open()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    with box.ssh(**server.login_but(host_key=None)) as ssh:
        assert ssh.connected


def test_each_port_has_a_server_of_its_own(server: Server, faults: FaultServer, tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    box = Machine().put_on(faults)
    with sshd(tmp_path / "other") as other:
        for each in (server, other):
            with box.ssh(**each.login_but(known_hosts=file)) as ssh:
                assert ssh.connected
        with box.ssh(**server.login_but(host_key=None)) as ssh:
            assert ssh.connected
        names = [f"[{box.id}]:{each.port} {each.host_key}" for each in (server, other)]
    assert file.read_text().splitlines() == names


def test_the_console_knows_better_than_whoever_had_the_address(
    server: Server, faults: FaultServer, home: Path
) -> None:
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {OTHER}\n")
    box = Machine(consoles=[server.console]).put_on(faults)
    with box.ssh(**server.login_but(host_key=None)) as ssh:
        assert ssh.connected
    silent = Machine(consoles=["nothing"]).put_on(faults)
    from cloudkit.ec2._ssh import trust

    trust.forget(silent._box)
    with pytest.raises(HostKeyChanged):
        silent.ssh(**server.login_but(host_key=None)).open()


# -- keys as values ----------------------------------------------------------------------------------------------


def test_a_host_key_is_its_fingerprint() -> None:
    assert HostKey.parse(KEY) == HostKey.parse(f"  {KEY} comment here\n") == HostKey.parse(PRINT)
    assert len({HostKey.parse(KEY), HostKey.parse(PRINT), HostKey.parse(OTHER)}) == 2
    assert repr(HostKey.parse(KEY)) == f"<HostKey ssh-ed25519 {PRINT}>"
    assert (str(HostKey.parse(KEY)), str(HostKey.parse(PRINT))) == (KEY, PRINT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "SHA256:abc",
        "aa:bb:cc",
        "ssh-ed25519",
        "ssh-ed25519 AAAAxxxx",
        f"{KEY}\n{OTHER}",
        f"{PRINT}\n{PRINT}",
        KEY.replace("25519 ", "25518 "),
    ],
)
def test_what_is_no_host_key(text: str) -> None:
    with pytest.raises(InvalidRequest):
        HostKey.parse(text)
