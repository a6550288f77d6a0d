"""Connections to a real sshd."""

from __future__ import annotations

import io
import os
import pickle
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typing_extensions import override

from cloudkit import deadline
from cloudkit.ec2 import SSH, CommandFailed, HostKeyChanged, HostKeyUnknown, Instance, KeyPair, LoginRefused
from cloudkit.ec2._ssh.executing import Execution, hidden, spelled
from cloudkit.errors import (
    AccessDenied,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    MissingExtra,
    NotFound,
)
from tests.ec2.ssh.server import LOOPBACK, Server, free_port, new_key, sshd
from tests.ec2.ssh.world import black_hole, says, shown_with_locals, silent
from tests.faults import LATE_SECONDS, FaultServer

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcO/A6JWWd4YHZctFGZOIBfmfCWORPX7QpYG/xxOhnw"


# -- the connection ----------------------------------------------------------------------------------------------


def test_making_one_connects_to_nothing(faults: FaultServer) -> None:
    box = Instance("i-0123456789abcdef0", cloud=faults.cloud())
    ssh = box.ssh(user="admin")
    assert repr(ssh) == "<SSH i-0123456789abcdef0 closed>"
    assert (ssh.user, ssh.host, ssh.port, ssh.connected) == ("admin", None, 22, False)
    assert faults.requests == []


def test_it_opens_and_closes(server: Server) -> None:
    ssh = SSH("127.0.0.1", **server.login)
    with ssh as same:
        assert same is ssh
        assert ssh.connected
        assert repr(ssh) == "<SSH 127.0.0.1 open>"
        assert ssh.user == server.user
    assert not ssh.connected
    ssh.close()
    assert ssh.run("echo again").stdout == "again\n"
    ssh.close()


def test_the_user_and_the_port_may_stand_with_the_host(server: Server) -> None:
    options = server.login
    with SSH(f"{server.user}@127.0.0.1:{server.port}", key=server.key, host_key=server.host_key) as ssh:
        assert ssh.run("true").ok
    with pytest.raises(InvalidRequest, match="another port"):
        SSH("127.0.0.1:1", **options)
    for wrong in ("", "@host", "a b", "host:x", "host:70000"):
        with pytest.raises(InvalidRequest):
            SSH(wrong)
    with pytest.raises(InvalidRequest, match="for instances"):
        SSH("host", via="connect")


def test_threads_share_one_connection(server: Server) -> None:
    ssh = SSH("127.0.0.1", **server.login)
    with ThreadPoolExecutor(8) as pool:
        found = [each.stdout for each in pool.map(lambda n: ssh.run(f"echo {n} $SSH_CONNECTION"), range(16))]
    ports = {each.split()[2] for each in found}
    assert [each.split()[0] for each in found] == [str(n) for n in range(16)]
    assert len(ports) == 1
    ssh.close()


def test_fabric_is_handed_out(ssh: SSH) -> None:
    assert ssh.fabric.run("echo hello", hide=True, in_stream=False).stdout == "hello\n"


def test_it_does_not_travel(ssh: SSH) -> None:
    with pytest.raises(TypeError, match="open one where it is needed"):
        pickle.dumps(ssh)


def test_a_missing_extra_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(MissingExtra) as caught:
        SSH("127.0.0.1", **server.login).open()
    assert caught.value.hint == "pip install 'cloudkit[ssh]'"


# -- host keys ---------------------------------------------------------------------------------------------------


def test_an_unknown_host_key_is_refused_with_its_fingerprint(server: Server) -> None:
    with pytest.raises(HostKeyUnknown) as caught:
        SSH("127.0.0.1", **server.login_but(host_key=None)).open()
    error = caught.value
    assert error.fingerprint == server.host_key.fingerprint
    assert error.host_key is not None
    assert error.fingerprint in str(error)
    assert f"host_key={error.fingerprint!r}" in str(error.hint)
    with SSH("127.0.0.1", **server.login_but(host_key=error.host_key)) as ssh:
        assert ssh.connected


def test_another_host_key_is_refused(server: Server) -> None:
    with pytest.raises(HostKeyChanged) as caught:
        SSH("127.0.0.1", **server.login_but(host_key=OTHER_KEY)).open()
    error = caught.value
    assert error.fingerprint == server.host_key.fingerprint
    assert len(error.expected) == 1
    assert pickle.loads(pickle.dumps(error)).expected == error.expected


def test_nothing_is_sent_to_a_server_that_is_not_the_one(server: Server, tmp_path: Path) -> None:
    """Neither the user's name nor a public key."""
    with sshd(tmp_path / "other", "LogLevel DEBUG1") as other:
        with pytest.raises(HostKeyChanged):
            SSH("127.0.0.1", **other.login_but(host_key=str(server.host_key))).open()
        log = (other.folder / "log").read_text()
    assert "Connection" in log
    assert "userauth" not in log.split("SSH2_MSG_NEWKEYS received")[-1]
    assert f"user {other.user}" not in log


def test_a_fingerprint_is_enough(server: Server) -> None:
    with SSH("127.0.0.1", **server.login_but(host_key=server.host_key.fingerprint)) as ssh:
        assert ssh.connected


def test_the_kind_that_is_known_is_asked_for(server: Server) -> None:
    with SSH("127.0.0.1", **server.login_but(host_key=str(server.rsa_host_key))) as ssh:
        assert ssh.fabric.transport.get_remote_server_key().get_name() == "ssh-rsa"


def test_known_hosts_of_the_user_counts(server: Server, home: Path) -> None:
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
    with SSH("127.0.0.1", **server.login_but(host_key=None)) as ssh:
        assert ssh.connected
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {OTHER_KEY}\n")
    with pytest.raises(HostKeyChanged):
        SSH("127.0.0.1", **server.login_but(host_key=None)).open()


def test_a_revoked_key_counts_for_nothing(server: Server, home: Path) -> None:
    (home / ".ssh" / "known_hosts").write_text(f"@revoked * {server.host_key}\n")
    with pytest.raises(HostKeyChanged, match="revoked"):
        SSH("127.0.0.1", **server.login).open()


def test_of_an_instance_the_key_is_learned_and_written_down(
    server: Server, box: Instance, tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "hosts"
    with box.ssh(**server.options_but(known_hosts=file)) as ssh:
        assert ssh.connected
    assert file.read_text() == f"[{box.id}]:{server.port} {server.host_key}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    with box.ssh(**server.options_but(host_key=None)) as ssh:  # in memory
        assert ssh.connected
    same = Instance(box.id, cloud=box.cloud)
    with same.ssh(**server.options_but(host_key=None, known_hosts=file)) as ssh:
        assert ssh.connected
    assert file.read_text().count("\n") == 1
    assert not (home / ".ssh" / "known_hosts").exists()


def test_a_file_of_known_hosts_that_is_a_link_is_not_written_to(
    server: Server, box: Instance, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        box.ssh(**server.options_but(known_hosts=tmp_path / "link")).open()
    assert not (tmp_path / "elsewhere").exists()


# -- logging in --------------------------------------------------------------------------------------------------


def test_a_key_that_is_not_let_in(server: Server, tmp_path: Path) -> None:
    stranger = new_key(tmp_path / "stranger")
    with pytest.raises(LoginRefused) as caught:
        SSH("127.0.0.1", **server.login_but(key=stranger)).open()
    assert isinstance(caught.value, AccessDenied)
    assert server.user in str(caught.value)
    assert str(stranger) in str(caught.value)
    assert "PRIVATE KEY" not in str(caught.value)


def test_no_key_at_all(server: Server) -> None:
    with pytest.raises(LoginRefused, match="no key"):
        SSH("127.0.0.1", **server.login_but(key=None)).open()


def test_the_users_own_keys_are_tried(server: Server, home: Path) -> None:
    (home / ".ssh" / "id_ed25519").write_bytes(server.key.read_bytes())
    with SSH("127.0.0.1", **server.login_but(key=None)) as ssh:
        assert ssh.connected


def test_the_file_of_the_key_pair_is_found(server: Server, home: Path) -> None:
    (home / ".ssh" / "deploy.pem").write_bytes(server.key.read_bytes())
    (home / ".ssh" / "deploy.pem").chmod(0o600)
    with SSH("127.0.0.1", **server.login_but(key=KeyPair("deploy"))) as ssh:
        assert ssh.connected


def test_a_key_pair_that_was_just_made(server: Server, rig: object) -> None:
    pair = KeyPair.create("fresh-" + os.urandom(4).hex())
    pem = server.folder / pair.name
    pem.write_text(pair.private_key)
    pem.chmod(0o600)
    import subprocess

    public = subprocess.run(["ssh-keygen", "-y", "-f", str(pem)], capture_output=True, text=True, check=True)
    server.allow(public.stdout)
    with SSH("127.0.0.1", **server.login_but(key=pair)) as ssh:
        assert ssh.connected


# -- nobody there ------------------------------------------------------------------------------------------------


def test_a_refused_connection(server: Server) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        SSH("127.0.0.1", **server.login_but(port=free_port())).open()
    assert caught.value.retryable
    assert "wait_ready" in str(caught.value.hint)


def test_a_host_that_does_not_answer(server: Server) -> None:
    with black_hole() as port:
        begin = time.monotonic()
        with pytest.raises(ConnectionFailed, match="no answer in time"):
            SSH("127.0.0.1", **server.login_but(port=port, connect_timeout=0.4)).open()
    assert time.monotonic() - begin < 0.4 + LATE_SECONDS


@pytest.mark.parametrize("hole", [silent, black_hole])
def test_a_deadline_bounds_the_connecting(server: Server, hole: object) -> None:
    with hole() as port:  # type: ignore[operator]
        begin = time.monotonic()
        with pytest.raises(DeadlineExceeded) as caught, deadline(0.4):
            SSH("127.0.0.1", **server.login_but(port=port)).open()
    assert time.monotonic() - begin < 0.4 + LATE_SECONDS
    assert caught.value.operation == "ssh"
    assert str(port) in str(caught.value.resource)


def test_what_is_no_ssh_server(server: Server, faults: FaultServer) -> None:
    port = int(faults.url.rpartition(":")[2])
    with pytest.raises(ConnectionFailed):
        SSH("127.0.0.1", **server.login_but(port=port)).open()


def test_what_a_stranger_says_reaches_no_terminal(server: Server) -> None:
    """Before anybody has looked at its host key."""
    with says(b"SSH-9.9-\x1b]0;title\x07\r\n") as port, pytest.raises(ConnectionFailed) as caught:
        SSH("127.0.0.1", **server.login_but(port=port)).open()
    assert "\x1b" not in str(caught.value)


def test_whether_somebody_answers(server: Server, box: Instance) -> None:
    assert SSH("127.0.0.1", **server.login).answers()
    assert box.ssh(**server.options).answers()
    assert not SSH("127.0.0.1", **server.login_but(port=free_port())).answers()
    with silent() as port:
        assert not SSH("127.0.0.1", port=port, connect_timeout=0.2).answers()


# -- commands ----------------------------------------------------------------------------------------------------


def test_a_command(ssh: SSH) -> None:
    result = ssh.run("echo out; echo err >&2")
    assert (result.stdout, result.stderr, result.exit_code, result.ok) == ("out\n", "err\n", 0, True)
    assert bool(result)
    assert not result.truncated


def test_a_command_that_fails(ssh: SSH) -> None:
    with pytest.raises(CommandFailed) as caught:
        ssh.run("echo gone wrong >&2; exit 7")
    result = caught.value.result
    assert result is not None
    assert (result.exit_code, result.stderr) == (7, "gone wrong\n")
    assert "exit code 7: gone wrong" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).result == result
    assert ssh.run("exit 7", check=False) == ssh.run("exit 7", check=False)
    assert not ssh.run("exit 7", check=False)


def test_a_command_that_a_signal_ends(ssh: SSH) -> None:
    result = ssh.run("kill -9 $$", check=False)
    assert (result.exit_code, result.ok) == (-1, False)
    assert ssh.run("true").ok


def test_arguments_are_quoted(ssh: SSH) -> None:
    assert ssh.run(["printf", "%s|", "a b", "$HOME", "'\"; exit 9"]).stdout == "a b|$HOME|'\"; exit 9|"
    for wrong in ("", "  ", [], "a\0b", b"true", ["sleep", 1]):
        with pytest.raises(InvalidRequest):
            ssh.run(wrong)  # type: ignore[arg-type]


def test_no_parameter_of_the_systems_manager_gets_into_an_argument(ssh: SSH) -> None:
    for text in ("{{ssm:/app/name}}", "{{{ssm:x}}}", "'{{ ssm:x }}'", "{{{{", "{", "a{{b'{{c\"{{"):
        assert "{{" not in spelled(["echo", text])
        assert ssh.run(["printf", "%s", text]).stdout == text
        assert spelled(f"echo {text}") == f"echo {text}", "a text is the caller's"


def test_what_it_sends_to_a_terminal_is_shown_and_not_done(ssh: SSH) -> None:
    with pytest.raises(CommandFailed) as caught:
        ssh.run(r"printf 'a\033]52;c;eA==\007\302\233b\342\200\256c\n' >&2; exit 1")
    assert all(each.isprintable() for each in str(caught.value).replace("\n", ""))
    assert r"a\x1b]52;c;eA==\x07" in str(caught.value)
    assert caught.value.result is not None
    assert "\x1b" in caught.value.result.stderr, "the result has it all"
    assert "\x1b" not in repr(caught.value.result)


def test_nothing_of_this_machine_goes_there(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its agent, nor its screen, nor its variables, whatever the user's own files say."""
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(home / "agent"))
        agent.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "agent"))
        monkeypatch.setenv("DISPLAY", ":0")
        monkeypatch.setenv("LC_CANARY", "canary")
        (home / ".ssh" / "config").write_text("Host *\n ForwardAgent yes\n ForwardX11 yes\n SendEnv LC_*\n")
        (home / ".fabric.yml").write_text("forward_agent: true\nconnect_kwargs: {password: canary}\n")
        with sshd_that_takes_all(home) as other, SSH("127.0.0.1", **other.login) as ssh:
            shown = ssh.run("env").stdout
            assert ssh.fabric.forward_agent is False
    assert "SSH_CONNECTION" in shown
    assert not any(each in shown for each in ("SSH_AUTH_SOCK", "DISPLAY", "canary"))


def sshd_that_takes_all(home: Path) -> AbstractContextManager[Server]:
    return sshd(home / "other", "AcceptEnv *\nAllowAgentForwarding yes\nX11Forwarding yes")


def test_what_a_command_reads_shows_in_no_traceback_of_ours(ssh: SSH) -> None:
    execution = Execution(ssh.fabric.transport, "cat", hidden(b"canary"))
    assert "canary" not in repr(execution)
    assert "canary" not in repr({name: getattr(execution, name) for name in ("feed", "command", "output")})

    def refused(*_: object) -> None:
        raise OSError("no room")

    target = io.BytesIO()
    target.write = refused  # type: ignore[method-assign, assignment]
    with pytest.raises(ConnectionFailed) as caught:
        ssh.run("cat", input="canary", stdout=target)
    assert "canary" not in shown_with_locals(caught.value)
    with pytest.raises(InvalidRequest) as wrong:
        ssh.run("", input="canary")
    assert "canary" not in shown_with_locals(wrong.value)


def test_what_a_command_reads(ssh: SSH) -> None:
    assert ssh.run("cat", input="grüße").stdout == "grüße"
    data = os.urandom(3_000_000)
    assert ssh.run("cat", input=data).stdout_bytes == data
    assert ssh.run("cat").stdout == ""
    assert ssh.run("head -c 3", input=data).stdout_bytes == data[:3]


def test_much_output_on_both_sides_does_not_block(ssh: SSH) -> None:
    result = ssh.run(
        "head -c 8000000 /dev/zero >&2; head -c 8000000 /dev/zero; head -c 8000000 /dev/zero >&2"
    )
    assert (len(result.stdout_bytes), len(result.stderr_bytes)) == (8_000_000, 16_000_000)
    assert repr(result) == "<CommandResult 0: 8000000 bytes of output, 16000000 of errors>"


def test_output_may_go_to_a_file(ssh: SSH) -> None:
    target = io.BytesIO()
    result = ssh.run("head -c 1000000 /dev/zero", stdout=target)
    assert (len(target.getvalue()), result.stdout_bytes) == (1_000_000, b"")


def test_what_is_no_text_is_kept(ssh: SSH) -> None:
    result = ssh.run(r"printf '\377x'")
    assert result.stdout_bytes == b"\xffx"
    assert result.stdout == "\ufffdx"


@pytest.mark.parametrize("around", [False, True])
def test_a_command_that_hangs_is_ended_there(tmp_path: Path, around: bool) -> None:
    with sshd(tmp_path / "server", "LogLevel DEBUG1") as server, SSH("127.0.0.1", **server.login) as ssh:
        mark = f"sleep 6{os.getpid()}"
        begin = time.monotonic()
        with deadline(0.4) if around else nullcontext(), pytest.raises(DeadlineExceeded) as caught:
            ssh.run(mark, timeout=None if around else 0.4)
        assert time.monotonic() - begin < 0.4 + LATE_SECONDS
        assert caught.value.operation == "run"
        assert ssh.run("echo fine").stdout == "fine\n"
        if os.geteuid() == 0:
            # sshd signals nobody on behalf of root, and says so.
            assert "session signalling requires privilege separation" in (server.folder / "log").read_text()
        else:
            assert _goes_away(mark)


def _goes_away(command: str) -> bool:
    for _ in range(100):
        running = [
            each.read_bytes().replace(b"\0", b" ").strip()
            for each in Path("/proc").glob("[0-9]*/cmdline")
            if each.exists()
        ]
        if command.encode() not in running:
            return True
        time.sleep(0.05)
    return False


def test_a_server_that_dies_in_the_middle(tmp_path: Path) -> None:
    with sshd(tmp_path / "mortal") as mortal, SSH("127.0.0.1", **mortal.login) as ssh:

        def kill() -> None:
            _wait_for(tmp_path / "begun")
            mortal.kill()

        killer = Thread(target=kill)
        killer.start()
        with pytest.raises(ConnectionFailed, match="may still run") as caught:
            ssh.run(f"touch {tmp_path / 'begun'}; sleep 30")
        killer.join()
        assert not caught.value.retryable
        assert not ssh.connected
        with pytest.raises(ConnectionFailed, match="connecting"):
            ssh.run("true")


def _wait_for(path: Path) -> None:
    for _ in range(200):
        if path.exists():
            return
        time.sleep(0.02)


def test_a_connection_that_broke_is_opened_again(server: Server) -> None:
    with SSH("127.0.0.1", **server.login) as ssh:
        before = ssh.fabric
        before.transport.close()
        assert not ssh.connected
        assert ssh.run("echo back").stdout == "back\n"
        assert ssh.fabric is not before


# -- files -------------------------------------------------------------------------------------------------------


def test_a_file_there_and_back(ssh: SSH, tmp_path: Path) -> None:
    data = os.urandom(2_500_000)
    here, there, back = tmp_path / "here.bin", tmp_path / "there.bin", tmp_path / "back.bin"
    here.write_bytes(data)
    here.chmod(0o750)
    assert ssh.put(here, str(there)) == str(there)
    assert there.read_bytes() == data
    assert there.stat().st_mode & 0o777 == 0o750
    assert ssh.get(str(there), back) == back
    assert back.read_bytes() == data
    assert sorted(each.name for each in tmp_path.iterdir()) == ["back.bin", "here.bin", "home", "there.bin"]


def test_content_in_place_of_files(ssh: SSH, tmp_path: Path) -> None:
    there = str(tmp_path / "there")
    ssh.put(b"bytes", there, mode=0o600)
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o600
    ssh.put(io.BytesIO(b"a file that is open"), there)
    target = io.BytesIO()
    assert ssh.get(there, target) is None
    assert target.getvalue() == b"a file that is open"
    with pytest.raises(InvalidRequest, match="no name"):
        ssh.put(b"x")


def test_folders_keep_the_name(ssh: SSH, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "a.txt").write_text("a")
    assert ssh.put(tmp_path / "a.txt", str(folder)) == f"{folder}/a.txt"
    (tmp_path / "other").mkdir()
    assert ssh.get(f"{folder}/a.txt", tmp_path / "other") == tmp_path / "other" / "a.txt"
    monkeypatch.chdir(folder)
    (folder / "a.txt").write_text("b")
    assert ssh.get(f"{folder}/a.txt") == Path("a.txt")
    for wrong in (lambda: ssh.put(b"x", str(folder)), lambda: ssh.get(str(folder), tmp_path / "b")):
        with pytest.raises(InvalidRequest):
            wrong()


def test_a_secret_is_nobody_else_s_from_the_beginning(ssh: SSH, tmp_path: Path) -> None:
    seen: list[int] = []

    class Watched(io.BytesIO):
        @override
        def read(self, size: int | None = -1) -> bytes:
            seen.extend(each.stat().st_mode & 0o777 for each in tmp_path.glob(".there.*"))
            return super().read(size)

    ssh.put(Watched(b"secret"), str(tmp_path / "there"), mode=0o400)
    assert set(seen) == {0o600}
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o400


def test_files_that_are_not_there(ssh: SSH, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        ssh.get(str(tmp_path / "nothing"), tmp_path / "target")
    with pytest.raises(NotFound):
        ssh.put(b"x", str(tmp_path / "nothing" / "x"))
    with pytest.raises(FileNotFoundError):
        ssh.put(tmp_path / "nothing")
    assert [each.name for each in tmp_path.iterdir()] == ["home"]


def test_what_is_there_stays_whole_when_a_copy_fails(ssh: SSH, tmp_path: Path) -> None:
    class Broken(io.RawIOBase):
        @override
        def read(self, size: int = -1) -> bytes:
            if self.tell_once:
                raise RuntimeError("no more")
            self.tell_once = True
            return b"half"

        tell_once = False

    (tmp_path / "there").write_text("old")
    with pytest.raises(RuntimeError):
        ssh.put(Broken(), str(tmp_path / "there"))
    assert (tmp_path / "there").read_text() == "old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "there"]


def test_a_copy_obeys_the_deadline(ssh: SSH, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    begin = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        ssh.get(str(tmp_path / "pipe"), tmp_path / "target", timeout=0.4)
    assert time.monotonic() - begin < 0.4 + LATE_SECONDS
    assert not (tmp_path / "target").exists()
    os.close(os.open(tmp_path / "pipe", os.O_RDWR | os.O_NONBLOCK))


# -- ports and shells --------------------------------------------------------------------------------------------


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "500000")
        self.end_headers()
        self.wfile.write(b"x" * 500_000)

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_port_leads_there(ssh: SSH) -> None:
    with HTTPServer((LOOPBACK, 0), Hello) as web:
        thread = Thread(target=web.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        for remote in (f"127.0.0.1:{web.server_port}", f"127.0.0.1:{web.server_port}"):
            with ssh.forward(remote) as port:
                for _ in range(3):
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                        assert answer.read() == b"x" * 500_000
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((LOOPBACK, port), timeout=2)
        web.shutdown()
        thread.join()


def test_a_port_that_leads_nowhere(ssh: SSH) -> None:
    with ssh.forward(f"127.0.0.1:{free_port()}") as port:
        with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
            assert connection.recv(1) == b""


def test_a_port_here_may_be_chosen(ssh: SSH) -> None:
    wanted = free_port()
    with ssh.forward(22, wanted) as port:
        assert port == wanted
        with pytest.raises(OSError), ssh.forward(22, wanted):
            pass
    for wrong in (0, 70_000, "host", "host:x", ":22"):
        with pytest.raises(InvalidRequest), ssh.forward(wrong):
            pass


def test_a_shell(ssh: SSH, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("echo he''llo\nexit 3\n"))
    if os.geteuid() == 0:
        assert ssh.shell() == 3
        assert "hello" in capsys.readouterr().out
    else:
        # An sshd that is not root's may not give the terminal to the user, and hangs up.
        with pytest.raises(ConnectionFailed, match="the shell"):
            ssh.shell()


# -- bastions ----------------------------------------------------------------------------------------------------


def test_through_a_bastion(server: Server, tmp_path: Path, box: Instance) -> None:
    with sshd(tmp_path / "bastion") as bastion:
        hop = SSH("127.0.0.1", **bastion.login)
        with box.ssh(**server.options_but(bastion=hop)) as ssh:
            # What the box sees is the bastion's own connection.
            there = ssh.run("echo $SSH_CONNECTION").stdout.split()
            ours = hop.fabric.transport.getpeername()
            assert there[3] == str(server.port)
            assert hop.connected
            assert ours[1] == bastion.port
            assert ssh.answers()
        assert hop.connected, "it was not made for that"
        hop.close()


def test_a_bastion_by_name(server: Server, tmp_path: Path, home: Path) -> None:
    with sshd(tmp_path / "bastion") as bastion:
        where = f"{bastion.user}@127.0.0.1:{bastion.port}"
        with pytest.raises(HostKeyUnknown):
            SSH("127.0.0.1", **server.login_but(bastion=where)).open()
        (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{bastion.port} {bastion.host_key}\n")
        (home / ".ssh" / "id_ed25519").write_bytes(bastion.key.read_bytes())
        with SSH("127.0.0.1", **server.login_but(bastion=where)) as ssh:
            assert ssh.run("echo behind").stdout == "behind\n"


def test_behind_a_bastion_the_host_key_counts_too(server: Server, tmp_path: Path) -> None:
    with sshd(tmp_path / "bastion") as bastion, SSH("127.0.0.1", **bastion.login) as hop:
        with pytest.raises(HostKeyChanged):
            SSH("127.0.0.1", **server.login_but(host_key=OTHER_KEY, bastion=hop)).open()
        with pytest.raises(ConnectionFailed):
            SSH("127.0.0.1", **server.login_but(port=free_port(), bastion=hop)).open()
        assert not SSH("127.0.0.1", port=free_port(), bastion=hop).answers()


def test_a_bastion_that_lets_nobody_through(server: Server, tmp_path: Path) -> None:
    with (
        sshd(tmp_path / "bastion", "AllowTcpForwarding no") as bastion,
        SSH("127.0.0.1", **bastion.login) as hop,
    ):
        with pytest.raises(AccessDenied):
            SSH("127.0.0.1", **server.login_but(bastion=hop)).open()
