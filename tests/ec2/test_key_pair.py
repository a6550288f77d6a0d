from __future__ import annotations

import copy
import os
import pickle
import stat
import traceback
from pathlib import Path

import attrs
import pytest

from cloudkit.ec2 import KeyPair, KeyPairNotFound, KeyType
from cloudkit.errors import AccessDenied, AlreadyExists, Conflict, InvalidRequest
from tests.conftest import Rig
from tests.ec2.answers import answer, done
from tests.ec2.seed import OTHER_PUBLIC_KEY, PUBLIC_KEY
from tests.faults import FaultServer, Reply

CANARY = "c2VjcmV0LWtleS1tYXRlcmlhbA"
UNKNOWN = Reply.ec2_error("InvalidKeyPair.NotFound", "not there")


def created(material: str = CANARY) -> Reply:
    return answer(
        "CreateKeyPair",
        f"<keyName>k</keyName><keyPairId>key-1</keyPairId><keyMaterial>{material}</keyMaterial>"
        "<keyFingerprint>aa:bb</keyFingerprint>",
    )


def found(public: str) -> Reply:
    return answer(
        "DescribeKeyPairs",
        f"<keySet><item><keyName>k</keyName><keyPairId>key-1</keyPairId><publicKey>{public}</publicKey>"
        "<keyFingerprint>aa:bb</keyFingerprint></item></keySet>",
    )


# -- making and finding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("type", "head"), [("ed25519", "OPENSSH"), ("rsa", "RSA")])
def test_create(rig: Rig, type: str, head: str) -> None:
    name = rig.name("key")
    pair = KeyPair.create(name, type=type, tags={"team": "web"})
    assert pair.private_key.startswith(f"-----BEGIN {head} PRIVATE KEY-----")
    assert pair.type == type
    assert pair.id.startswith("key-")
    assert pair.fingerprint
    assert pair.public_key.startswith("ssh-")
    assert pair.created is not None
    assert dict(pair.tags) == {"team": "web"}


def test_the_default_is_ed25519(faults: FaultServer) -> None:
    faults.replies(created())
    KeyPair.create("k", cloud=faults.cloud())
    assert faults.requests[0].form["KeyType"] == "ed25519"


def test_a_taken_name(rig: Rig) -> None:
    name = rig.name("key")
    KeyPair.create(name)
    with pytest.raises(AlreadyExists) as caught:
        KeyPair.create(name)
    assert "ensure" in str(caught.value.hint)
    with pytest.raises(AlreadyExists):
        KeyPair.import_key(name, PUBLIC_KEY)


def test_bad_input_is_refused_before_any_call(faults: FaultServer) -> None:
    cloud = faults.cloud()
    with pytest.raises(InvalidRequest, match="'ed25519', 'rsa'"):
        KeyPair.create("k", type="dsa", cloud=cloud)
    for name in ("", "x" * 256):
        with pytest.raises(InvalidRequest, match="characters"):
            KeyPair.create(name, cloud=cloud)
    assert faults.requests == []


def test_import_text_and_file(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "id.pub"
    file.write_text(PUBLIC_KEY + "\n")
    for public in (PUBLIC_KEY, file, str(file)):
        pair = KeyPair.import_key(rig.name("key"), public)
        assert pair.public_key.split()[:2] == PUBLIC_KEY.split()[:2]
        assert pair.type == KeyType.ED25519


def test_a_private_key_is_never_sent(faults: FaultServer, tmp_path: Path) -> None:
    text = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----\n"
    file = tmp_path / "id"
    file.write_text(text)
    for public in (text, file):
        with pytest.raises(InvalidRequest, match="private half") as caught:
            KeyPair.import_key("k", public, cloud=faults.cloud())
        assert CANARY not in str(caught.value)
    assert faults.requests == []


@pytest.mark.parametrize(
    "text", ["ssh-dss AAAA", "ssh-rsa", "ssh-rsa not/base64!", "ecdsa-sha2-nistp256 AAAA"]
)
def test_other_keys_are_refused(faults: FaultServer, text: str) -> None:
    with pytest.raises(InvalidRequest, match="not a public key"):
        KeyPair.import_key("k", text, cloud=faults.cloud())
    assert faults.requests == []


def test_a_missing_file(faults: FaultServer, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KeyPair.import_key("k", tmp_path / "none.pub", cloud=faults.cloud())


def test_get_list_exists(rig: Rig) -> None:
    name = rig.name("key")
    assert not KeyPair(name).exists()
    with pytest.raises(KeyPairNotFound):
        KeyPair.get(name)
    pair = KeyPair.create(name, tags={"team": name})
    assert KeyPair.get(name) == pair
    assert pair.exists()
    assert list(KeyPair.list(name=f"{name[:-1]}*", tags={"team": name})) == [pair]
    assert pair in list(KeyPair.list())
    assert KeyPair.list(name=rig.name("none")).to_list() == []


def test_exists_raises_what_is_no_not_found(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        KeyPair("k", cloud=faults.cloud()).exists()


def test_tags_write_through(rig: Rig) -> None:
    pair = KeyPair.create(rig.name("key"))
    pair.tags["team"] = "web"
    assert dict(KeyPair.get(pair.name).tags) == {"team": "web"}


def test_delete_is_fine_twice(rig: Rig, faults: FaultServer) -> None:
    pair = KeyPair.create(rig.name("key"))
    pair.delete()
    pair.delete()
    assert not pair.exists()
    faults.replies(UNKNOWN)
    KeyPair("k", cloud=faults.cloud()).delete()


def test_a_pair_that_aws_does_not_know_yet_is_asked_for_again(faults: FaultServer) -> None:
    faults.replies(created(), UNKNOWN, UNKNOWN, UNKNOWN, found(PUBLIC_KEY))
    assert KeyPair.create("k", cloud=faults.cloud()).public_key == PUBLIC_KEY
    assert len(faults.requests) == 5


# -- ensure --------------------------------------------------------------------------------------------------


def test_ensure_makes_one_and_then_takes_it(rig: Rig) -> None:
    name = rig.name("key")
    assert KeyPair.ensure(name).private_key
    again = KeyPair.ensure(name)
    with pytest.raises(InvalidRequest, match="only once"):
        _ = again.private_key


def test_ensure_compares_the_key_and_not_its_comment(rig: Rig) -> None:
    name = rig.name("key")
    KeyPair.ensure(name, public=PUBLIC_KEY)
    before = KeyPair.get(name).id
    KeyPair.ensure(name, public=" ".join([*PUBLIC_KEY.split()[:2], "another comment"]))
    assert KeyPair.get(name).id == before


def test_ensure_with_another_key(rig: Rig) -> None:
    name = rig.name("key")
    KeyPair.ensure(name, public=PUBLIC_KEY)
    with pytest.raises(Conflict, match="another one") as caught:
        KeyPair.ensure(name, public=OTHER_PUBLIC_KEY)
    assert "update=True" in str(caught.value.hint)
    assert KeyPair.get(name).public_key.split()[1] == PUBLIC_KEY.split()[1]
    pair = KeyPair.ensure(name, public=OTHER_PUBLIC_KEY, update=True)
    assert pair.public_key.split()[1] == OTHER_PUBLIC_KEY.split()[1]


def test_ensure_beside_another_process(faults: FaultServer) -> None:
    faults.replies(UNKNOWN, Reply.ec2_error("InvalidKeyPair.Duplicate"), found(PUBLIC_KEY))
    assert KeyPair.ensure("k", public=PUBLIC_KEY, cloud=faults.cloud()).name == "k"
    assert faults.operations == ["DescribeKeyPairs", "ImportKeyPair", "DescribeKeyPairs"]


# -- the private half ----------------------------------------------------------------------------------------


def test_save_to_a_file_and_to_a_folder(rig: Rig, tmp_path: Path) -> None:
    pair = KeyPair.create(rig.name("key"))
    for place, target in (
        (tmp_path / "my.pem", tmp_path / "my.pem"),
        (tmp_path, tmp_path / f"{pair.name}.pem"),
        (str(tmp_path / "other"), tmp_path / "other"),
    ):
        assert pair.save(place) == target
        assert target.read_text() == pair.private_key
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_the_file_is_the_owners_alone_from_the_first_byte(
    faults: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.replies(created())
    pair = KeyPair.create("k", cloud=faults.cloud())
    seen: list[tuple[int, int]] = []
    real = os.open

    def watched(path: Path, flags: int, mode: int = 0o777, **more: int) -> int:
        handle = real(path, flags, mode, **more)
        seen.append((flags, stat.S_IMODE(os.fstat(handle).st_mode)))
        return handle

    before = os.umask(0)
    try:
        monkeypatch.setattr(os, "open", watched)
        pair.save(tmp_path)
    finally:
        os.umask(before)
    ((flags, mode),) = seen
    assert mode == 0o600
    assert flags & os.O_EXCL
    assert flags & os.O_CREAT
    assert flags & os.O_NOFOLLOW


def test_nothing_is_overwritten(faults: FaultServer, tmp_path: Path) -> None:
    faults.replies(created())
    pair = KeyPair.create("k", cloud=faults.cloud())
    (tmp_path / "k.pem").write_text("precious")
    with pytest.raises(FileExistsError):
        pair.save(tmp_path)
    assert (tmp_path / "k.pem").read_text() == "precious"


@pytest.mark.parametrize("dangling", [True, False])
def test_a_link_is_not_followed(faults: FaultServer, tmp_path: Path, dangling: bool) -> None:
    faults.replies(created())
    pair = KeyPair.create("k", cloud=faults.cloud())
    elsewhere = tmp_path / "elsewhere"
    if not dangling:
        elsewhere.write_text("precious")
    (tmp_path / "k.pem").symlink_to(elsewhere)
    with pytest.raises(FileExistsError):
        pair.save(tmp_path)
    assert elsewhere.exists() is not dangling
    assert dangling or elsewhere.read_text() == "precious"


def test_a_failed_write_leaves_no_half_key(
    faults: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.replies(created())
    pair = KeyPair.create("k", cloud=faults.cloud())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        pair.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc/x", "a\\b"])
def test_a_name_that_leaves_the_folder_is_refused(faults: FaultServer, tmp_path: Path, name: str) -> None:
    faults.replies(created())
    pair = KeyPair.create(name, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="no name of a file"):
        pair.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert pair.save(tmp_path / "mine.pem").exists()


def test_without_the_private_half_there_is_nothing_to_save(faults: FaultServer, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="only once"):
        KeyPair("k", cloud=faults.cloud()).save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_private_half_shows_nowhere(faults: FaultServer, tmp_path: Path) -> None:
    faults.replies(created(), found(PUBLIC_KEY), done("DeleteKeyPair"))
    pair = KeyPair.create("k", cloud=faults.cloud())
    shown = [
        repr(pair),
        str(pair),
        repr(pair.raw),
        repr(attrs.asdict(pair, recurse=False)),
        repr(copy.copy(pair)),
        repr(pickle.dumps(pair)),
    ]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        shown.append(repr(pickle.dumps(pair, protocol)))
    try:
        pair.save(tmp_path / "none" / "k.pem")
    except FileNotFoundError as error:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown.append(repr(error))
        assert "pair" in "".join(report.format())
    assert pair.private_key == CANARY
    assert [text for text in shown if CANARY in text] == []


def test_copies_and_pickles_go_without_it(faults: FaultServer) -> None:
    faults.replies(created())
    pair = KeyPair.create("k", cloud=faults.cloud())
    for other in (pickle.loads(pickle.dumps(pair)), copy.copy(pair)):
        assert other == pair
        with pytest.raises(InvalidRequest):
            _ = other.private_key


def test_the_secret_itself_refuses_to_be_pickled(faults: FaultServer) -> None:
    faults.replies(created())
    pair = KeyPair.create("k", cloud=faults.cloud())
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(pair._secret)
