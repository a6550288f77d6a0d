from __future__ import annotations

import base64
import logging
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cloudkit import Bucket, Cloud, CustomerKey, Instance, KeyPair, Object
from cloudkit._core.redaction import redacted
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

CANARY = "canaryCANARY0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"<secretAccessKey>{CANARY}</secretAccessKey>",
        f"<keyMaterial>-----BEGIN\n{CANARY}\n-----END</keyMaterial>",
        f"{{'UserData': '{CANARY}', 'ImageId': 'ami-1'}}",
        f'{{"SessionToken": "{CANARY}"}}',
        f"{{'X-Amz-Security-Token': b'{CANARY}', 'Host': 'x'}}",
        f"host:x\nx-amz-security-token:{CANARY}\n\nhost",
        f"https://x/?X-Amz-Security-Token={CANARY}&X-Amz-Expires=60",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=" + "c0ffee" * 8,
        "Signature:\n" + "c0ffee" * 8,
        f"{{'TopicArn': 'arn', 'Token': '{CANARY}'}}",
        f"Token={CANARY}&TopicArn=arn",
        f"{{'x-amz-copy-source-server-side-encryption-customer-key': '{CANARY}', 'Host': 'x'}}",
        f"host:x\nx-amz-server-side-encryption-customer-key:{CANARY}\nx-amz-date:1",
    ],
)
def test_a_secret_is_hidden_and_the_rest_stays(text: str) -> None:
    shown = redacted(text)
    assert CANARY not in shown
    assert "c0ffee" not in shown
    assert "***" in shown
    assert re.split(r"[<'\"=:]", text)[0] in shown


def test_what_is_no_secret_stays() -> None:
    text = "PUT /acme/report.csv?tokens=3 {'Body': 'Signature of the minister', 'NextToken': 'page2'}"
    assert redacted(text) == text


def _assumed(request: Request) -> Reply:
    if request.operation != "AssumeRole":
        return Reply.xml("<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>")
    ends = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    return Reply.xml(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKIDX</AccessKeyId>"
        f"<SecretAccessKey>{CANARY}</SecretAccessKey><SessionToken>{CANARY}</SessionToken>"
        f"<Expiration>{ends}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )


def test_a_session_token_is_in_no_log(faults: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    faults.otherwise(_assumed)
    cloud: Cloud = faults.cloud(role="arn:aws:iam::123456789012:role/reader")
    cloud.call("sts", "get_caller_identity")
    assert faults.requests[-1].headers["X-Amz-Security-Token"] == CANARY
    assert "botocore.endpoint" in {record.name for record in caplog.records}
    assert CANARY not in caplog.text


def test_a_new_private_key_and_user_data_are_in_no_log(
    rig: Rig, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    file = KeyPair.create(rig.name("key")).save(tmp_path)
    Instance.launch("al2023", user_data=f"#!/bin/sh\n# {CANARY}\n").terminate()
    secret = file.read_text().splitlines()[1]
    assert "botocore.parsers" in {record.name for record in caplog.records}
    assert secret not in caplog.text
    assert CANARY not in caplog.text
    assert "Y2FuYXJ5" not in caplog.text  # "canary" in base64, however it falls


def test_a_customer_key_is_in_no_log(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = CustomerKey(CANARY.ljust(32, "x").encode())
    bucket = Bucket.create(rig.name("secrets"))
    thing = Object(bucket.name, "k", customer_key=secret).write_text("x")
    thing.copy_to(Object(bucket.name, "l", customer_key=secret))
    assert "botocore.endpoint" in {record.name for record in caplog.records}
    for told in (CANARY, base64.b64encode(CANARY.encode()).decode()[:24]):
        assert told not in caplog.text
