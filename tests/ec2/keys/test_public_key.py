from __future__ import annotations

import pytest

from cloudkit.ec2 import KeyPair
from cloudkit.ec2._keys.public_key import fingerprint_of, same_fingerprint
from cloudkit.errors import Conflict
from tests.conftest import Rig
from tests.ec2.answers import answer
from tests.ec2.seed import OTHER_PUBLIC_KEY, PUBLIC_KEY
from tests.faults import FaultServer, Reply

RSA_KEY = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDff33oKmgJkFhW3uOkAnAwhGbAOFRKznPNGpKrQZLw/pFR1Kxlh4kOT655mN3c"
    "dXh0akXxXjamRNbjLCHy08IvE0JORrID8Dl7xItombWESjCFvW8su/k6CSwFj0fk1i+LWHqOMFn985BDOoMWitdDItrAt0AKkot0"
    "NxHaD3AWUxmKgQhuP/QxqgLdMOMqle1K4F4CfY0Mlluj7/iTY47OjTnCY85ug5CKXzEPNTHE3DGJE5giNfGpmrQNuWi6WeM4f/w+"
    "lziJs79PDvhHwFbBbz0TIWbHATU1PVKJotBQdfpslM1Bv5xXmgMZ2pTEH5PUBXDrbv3w6kbymlg7EauF"
)
# What `ssh-keygen -l` says of the one, and `openssl rsa -pubout -outform DER | md5sum` of the other.
FINGERPRINT = "SHA256:LESLJ1Qq86woejW0NCkExkAkmIzSsxk5yVclBORq68k"
RSA_FINGERPRINT = "51:e7:4e:52:c8:76:25:44:f1:b3:4a:f8:4d:a5:81:4f"
# SHA-1 of a private half: what EC2 shows of an RSA pair that it has made itself.
MADE_BY_AWS = "1f:51:ae:28:bf:89:e9:d8:1f:25:5d:37:2d:7d:b8:ca:9f:f5:f1:6f"


def found(fingerprint: str) -> Reply:
    """A server that does not show the public half."""
    return answer(
        "DescribeKeyPairs",
        f"<keySet><item><keyName>k</keyName><keyFingerprint>{fingerprint}</keyFingerprint></item></keySet>",
    )


def test_fingerprints_are_those_of_the_tools() -> None:
    assert same_fingerprint(fingerprint_of(PUBLIC_KEY), FINGERPRINT)
    assert fingerprint_of(RSA_KEY) == RSA_FINGERPRINT
    assert fingerprint_of(RSA_KEY + " comment") == RSA_FINGERPRINT
    assert not same_fingerprint(fingerprint_of(OTHER_PUBLIC_KEY), FINGERPRINT)


def test_a_server_that_does_not_show_the_public_half(faults: FaultServer) -> None:
    cloud = faults.cloud()
    faults.replies(
        found(FINGERPRINT), found(f"{FINGERPRINT.removeprefix('SHA256:')}="), found(RSA_FINGERPRINT)
    )
    for public in (PUBLIC_KEY, PUBLIC_KEY, RSA_KEY):
        assert KeyPair.ensure("k", public=public, cloud=cloud).name == "k"
    faults.replies(found(FINGERPRINT), found(MADE_BY_AWS))
    for public in (OTHER_PUBLIC_KEY, RSA_KEY):
        with pytest.raises(Conflict, match="fingerprint"):
            KeyPair.ensure("k", public=public, cloud=cloud)
    assert set(faults.operations) == {"DescribeKeyPairs"}


def test_copy(rig: Rig) -> None:
    pair = KeyPair.import_key(rig.name("laptop"), PUBLIC_KEY)
    copy = pair.copy_to("eu-west-1")
    assert copy.cloud.region == "eu-west-1"
    assert copy.name == pair.name
    assert same_fingerprint(copy.fingerprint, pair.fingerprint)
    assert pair.copy_to("eu-west-1") == copy
    other = KeyPair.import_key(rig.name("other"), OTHER_PUBLIC_KEY)
    with pytest.raises(Conflict):
        other.copy_to("eu-west-1", name=pair.name)
    assert (
        other.copy_to("eu-west-1", name=pair.name, update=True).public_key.split()[1]
        == OTHER_PUBLIC_KEY.split()[1]
    )
