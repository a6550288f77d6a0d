from __future__ import annotations

import logging
import pickle
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from cloudkit import AccessDenied, AlreadyExists, Conflict, InvalidRequest, LimitExceeded, MissingExtra
from cloudkit.elb import CertificateNotFound, ServerCertificate
from cloudkit.elb._certificates.pem import Pem, bundle_of, facts_of_pem, same_certificate
from tests.conftest import Rig
from tests.elb.answers import world
from tests.elb.certificates import BEGINS, made, shop
from tests.faults import FaultServer, Reply

ARN = "arn:aws:iam::123456789012:server-certificate/shop"
UPLOADED = Reply.xml(
    "<UploadServerCertificateResponse><UploadServerCertificateResult><ServerCertificateMetadata>"
    f"<Arn>{ARN}</Arn><ServerCertificateName>shop</ServerCertificateName></ServerCertificateMetadata>"
    "</UploadServerCertificateResult></UploadServerCertificateResponse>"
)
TAKEN = Reply.query_error("EntityAlreadyExists", status=409)


def there(body: str) -> Reply:
    return Reply.xml(
        "<GetServerCertificateResponse><GetServerCertificateResult><ServerCertificate><ServerCertificateMetadata>"
        f"<Arn>{ARN}</Arn><ServerCertificateName>shop</ServerCertificateName></ServerCertificateMetadata>"
        f"<CertificateBody>{body}</CertificateBody></ServerCertificate></GetServerCertificateResult>"
        "</GetServerCertificateResponse>"
    )


# -- on the embedded cloud -----------------------------------------------------------------------------------


def test_create_get_list_delete(rig: Rig, tmp_path: Path) -> None:
    name, own = rig.name("cert"), shop()
    file = tmp_path / "server.pem"
    file.write_text(own.pem)
    created = ServerCertificate.create(name, certificate=file, private_key=own.key_pem.encode())
    for each in (created, ServerCertificate.get(name)):
        assert each.arn.endswith(f":server-certificate/{name}")
        assert each.names == ("shop.example.com",)
        assert each.expires == BEGINS + timedelta(days=36500)
        assert each.path == "/"
    assert [each.arn for each in ServerCertificate.list(name=name)] == [created.arn]
    assert ServerCertificate.find(name) == created
    assert ServerCertificate.find(f"{name}-not") is None
    assert pickle.loads(pickle.dumps(created)).names == created.names
    created.delete()
    created.delete()
    assert not created.exists()
    with pytest.raises(CertificateNotFound):
        ServerCertificate.get(name)


def test_ensure_is_by_content(rig: Rig) -> None:
    name, own = rig.name("cert"), shop()
    first = ServerCertificate.ensure(name, certificate=own.pem, private_key=own.key_pem)
    broken_otherwise = own.pem.replace("\n", "\r\n")
    again = ServerCertificate.ensure(name, certificate=broken_otherwise, private_key=own.key_pem)
    assert again == first
    assert again.id == first.id
    other = made("other.example.com")
    with pytest.raises(Conflict, match=r"shop\.example\.com until") as caught:
        ServerCertificate.ensure(name, certificate=other.pem, private_key=other.key_pem)
    assert "new name" in str(caught.value.hint)


# -- what goes wrong -----------------------------------------------------------------------------------------


def test_a_lost_answer(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), TAKEN, there(shop().pem))
    cloud = faults.cloud(attempts=2, pauses=False)
    made_one = ServerCertificate.create(
        "shop", certificate=shop().pem, private_key=shop().key_pem, cloud=cloud
    )
    assert made_one.arn == ARN
    assert faults.operations == ["UploadServerCertificate"] * 2 + ["GetServerCertificate"]


def test_a_name_that_is_taken(faults: FaultServer) -> None:
    faults.replies(TAKEN)
    with pytest.raises(AlreadyExists) as caught:
        ServerCertificate.create(
            "shop", certificate=shop().pem, private_key=shop().key_pem, cloud=faults.cloud()
        )
    assert "ensure" in str(caught.value.hint)
    faults.replies(Reply(reset=True), TAKEN, there(made("other.example.com").pem))
    with pytest.raises(AlreadyExists):
        ServerCertificate.create(
            "shop",
            certificate=shop().pem,
            private_key=shop().key_pem,
            cloud=faults.cloud(attempts=2, pauses=False),
        )


def test_another_process_uploads_it_meanwhile(faults: FaultServer) -> None:
    faults.replies(Reply.query_error("NoSuchEntity", status=404), TAKEN, there(shop().pem))
    found = ServerCertificate.ensure(
        "shop", certificate=shop().pem, private_key=shop().key_pem, cloud=faults.cloud()
    )
    assert found.arn == ARN


def test_it_is_waited_for_after_the_upload(faults: FaultServer) -> None:
    cloud = world(
        faults,
        UploadServerCertificate=[UPLOADED],
        GetServerCertificate=[Reply.query_error("NoSuchEntity", status=404), there(shop().pem)],
    )
    made_one = ServerCertificate.create(
        "shop", certificate=shop().pem, private_key=shop().key_pem, cloud=cloud
    )
    assert made_one.refresh().arn == ARN


def test_errors_and_exists(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("AccessDenied", "no", 403))
    with pytest.raises(AccessDenied):
        ServerCertificate("shop", cloud=faults.cloud()).exists()
    faults.otherwise(Reply.query_error("LimitExceeded", status=409))
    with pytest.raises(LimitExceeded) as caught:
        ServerCertificate.create(
            "shop", certificate=shop().pem, private_key=shop().key_pem, cloud=faults.cloud()
        )
    assert "20 server certificates" in str(caught.value.hint)
    faults.otherwise(Reply.query_error("DeleteConflict", status=409))
    with pytest.raises(Conflict):
        ServerCertificate("shop", cloud=faults.cloud()).delete()


def test_the_key_is_nowhere_to_be_read(faults: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    own = shop()
    secret = "".join(own.key_pem.splitlines()[1:-1])
    caplog.set_level(logging.DEBUG)
    faults.otherwise(Reply.query_error("MalformedCertificate"))
    with pytest.raises(InvalidRequest) as caught:
        ServerCertificate.create("shop", certificate=own.pem, private_key=own.key_pem, cloud=faults.cloud())
    assert faults.requests[0].form["PrivateKey"].strip() == own.key_pem.strip()
    shown = caplog.text + repr(caught.value) + str(caught.value) + repr(bundle_of(own.pem, own.key_pem, None))
    assert "UploadServerCertificate" in shown
    for piece in (secret[:20], secret[30:60], secret[-20:]):
        assert piece not in shown


# -- files ---------------------------------------------------------------------------------------------------


def test_a_chain_is_taken_apart_and_put_in_its_place() -> None:
    root = made(subject="Root")
    middle = made(subject="Middle", signer=root)
    leaf = made("a.example.com", "*.b.example.com", signer=middle)
    for certificate, chain in (
        (leaf.pem + middle.pem + root.pem, None),
        (leaf.pem + middle.pem, root.pem),
        (leaf.pem, f"Bag attributes\n{middle.pem}\n\n{root.pem}"),
    ):
        found = bundle_of(certificate, leaf.old_key_pem, chain)
        assert found.certificate.strip() == leaf.pem.strip()
        assert found.chain is not None
        assert found.chain.split() == (middle.pem + root.pem).split()
        assert found.facts.names == ("a.example.com", "*.b.example.com")
    assert bundle_of(leaf.pem, leaf.key_pem, None).chain is None


def wrong_files() -> dict[str, tuple[Pem, Pem, Pem | None]]:
    root, own = made(subject="Root"), shop()
    middle = made(subject="Middle", signer=root)
    leaf = made("a.example.com", signer=middle)
    damaged = own.pem.replace("\n", "\n!", 2)
    empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    return {
        "not in order": (leaf.pem, leaf.key_pem, root.pem + middle.pem),
        "another certificate": (own.pem, leaf.key_pem, None),
        "private key cannot be read": (own.pem, empty.replace("CERTIFICATE", "PRIVATE KEY"), None),
        "is encrypted": (own.pem, own.locked_key_pem, None),
        "no PEM block": ("server.pem", own.key_pem, None),
        "holds a private key": (own.pem + own.key_pem, own.key_pem, None),
        "blocks of CERTIFICATE": ("-----BEGIN X-----\nAAAA\n-----END X-----", own.key_pem, None),
        "not base64": (damaged, own.key_pem, None),
        "no X.509 certificate": (empty, own.key_pem, None),
        "holds 2 PEM blocks": (own.pem, own.key_pem * 2, None),
        "a block of CERTIFICATE": (own.pem, own.pem, None),
        "which is text": (b"\xff\xfe", own.key_pem, None),
        "of type int": (5, own.key_pem, None),  # type: ignore[dict-item]
        "IAM takes 16384": (own.pem, own.key_pem.replace("\n", "\n" * 16_384, 1), None),
    }


@pytest.mark.parametrize("match", list(wrong_files()))
def test_what_aws_would_refuse_is_refused_before(faults: FaultServer, match: str) -> None:
    certificate, private_key, chain = wrong_files()[match]
    with pytest.raises(InvalidRequest) as caught:
        ServerCertificate.create(
            "shop", certificate=certificate, private_key=private_key, chain=chain, cloud=faults.cloud()
        )
    assert match in str(caught.value)
    assert faults.requests == []


def test_without_cryptography_it_says_what_to_install(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shop()
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtra) as caught:
        ServerCertificate.create("shop", certificate=own.pem, private_key=own.key_pem, cloud=faults.cloud())
    assert "cloudkit[tls]" in str(caught.value.hint)
    assert faults.requests == []
    assert same_certificate(own.pem, own.pem)


@pytest.mark.parametrize("name", ["", "a b", "a" * 129, "a/b"])
def test_names(name: str) -> None:
    with pytest.raises(InvalidRequest):
        ServerCertificate(name)


def test_what_a_certificate_says() -> None:
    own = made("a.example.com", "*.example.com", days=1)
    facts = facts_of_pem(own.pem)
    assert (facts.names, facts.ends) == (("a.example.com", "*.example.com"), BEGINS + timedelta(days=1))
    assert facts.issuer == facts.subject
    # Without alternative names its common name is what it is for.
    assert facts_of_pem(made(subject="plain.example.com").pem).names == ("plain.example.com",)
