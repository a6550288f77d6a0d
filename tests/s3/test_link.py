from __future__ import annotations

import copy
import hashlib
import hmac
import json
import logging
import pickle
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from urllib.request import Request as HttpRequest, urlopen

import boto3
import botocore.session
import pytest
from botocore.credentials import RefreshableCredentials
from hypothesis import given, strategies as st

from cloudkit import Bucket, Cloud, CustomerKey, Encryption, Link, LinkEndsEarly, Object, UploadForm
from cloudkit.errors import CredentialsError, InvalidRequest
from cloudkit.s3 import BucketNotFound
from cloudkit.s3._headers import attachment
from tests.conftest import ENDPOINT_URL, Rig
from tests.faults import FaultServer, Reply

KEY_ID, SECRET = "testing", "testing"


def ours(region: str = "eu-west-1") -> Object:
    return Object("acme", "a b/ä.txt", cloud=Cloud(region=region))


# -- what a link says --------------------------------------------------------------------------------------------


def test_a_link_is_text_that_hides_its_signature() -> None:
    link = ours().url(expires=600, region="eu-west-1")
    assert isinstance(link, str)
    assert (link.method, link.headers) == ("GET", {})
    assert abs(link.expires_at - datetime.now(timezone.utc) - timedelta(seconds=600)) < timedelta(seconds=60)
    signature = dict(parse_qsl(urlsplit(link).query))["X-Amz-Signature"]
    for told in (repr(link), f"{link!r}", repr([link]), repr({"at": link}), str(vars(link))):
        assert signature not in told
    assert repr(link).startswith("<Link GET https://acme.s3.eu-west-1.amazonaws.com/a%20b/%C3%A4.txt?")
    # What it is for: the text of it.
    for told in (str(link), f"{link}", link.encode().decode(), json.loads(json.dumps(link))):
        assert signature in told
        assert told == link
    assert type(str(link)) is str


def test_session_tokens_are_hidden_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "canary/token+=")
    link = ours().url(region="eu-west-1")
    assert "X-Amz-Security-Token=canary" in link
    assert "canary" not in repr(link)
    form = ours().bucket.upload_form("in/", max_size=1, region="eu-west-1")
    assert form.fields["x-amz-security-token"] == "canary/token+="
    assert "canary" not in repr(form)


def test_links_and_forms_do_not_travel(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = ours().url(region="eu-west-1")
    form = ours().bucket.upload_form("in/", max_size=1, region="eu-west-1")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="str\\(link\\)"):
            pickle.dumps(link, protocol)
        with pytest.raises(TypeError, match="form.fields"):
            pickle.dumps(form, protocol)
    assert copy.copy(link) is copy.deepcopy(link) is link
    assert copy.copy(form) is copy.deepcopy(form) is form
    signatures = {link.rpartition("=")[2], form.fields["x-amz-signature"]}
    assert not any(signature in caplog.text or signature in repr(form) for signature in signatures)


def test_times_that_aws_takes() -> None:
    query = dict(parse_qsl(urlsplit(ours().at("v1").url(region="eu-west-1")).query))
    assert (query["X-Amz-Expires"], query["versionId"]) == ("3600", "v1")
    link = ours().url(expires=timedelta(days=7), region="eu-west-1")
    assert dict(parse_qsl(urlsplit(link).query))["X-Amz-Expires"] == "604800"
    for wrong in (0, -5, 604_801, timedelta(days=8), 0.2):
        for use in (ours().url, ours().upload_url):
            with pytest.raises(InvalidRequest, match="1 to 604800 seconds"):
                use(expires=wrong)
        with pytest.raises(InvalidRequest, match="1 to 604800 seconds"):
            ours().bucket.upload_form("k", max_size=1, expires=wrong)


def test_what_no_link_can_be_made_for(faults: FaultServer) -> None:
    secret = Object("acme", "k", customer_key=CustomerKey(bytes(32)), cloud=faults.cloud())
    thing = Object("acme", "k", cloud=faults.cloud())
    for use in (secret.url, secret.upload_url):
        with pytest.raises(InvalidRequest, match="customer key"):
            use()
    with pytest.raises(InvalidRequest, match="a version cannot be written"):
        thing.at("v1").upload_url()
    for options in ({"filename": "a\r\nSet-Cookie: b"}, {"content_type": "a\nb"}):
        with pytest.raises(InvalidRequest, match="line break"):
            thing.url(**options)  # type: ignore[arg-type]
    for sizes in ({"max_size": -1}, {"max_size": 1, "min_size": 2}, {"max_size": 6 * 1024**5}):
        with pytest.raises(InvalidRequest, match="min_size <= max_size"):
            thing.bucket.upload_form("k", **sizes)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="line break"):
        thing.bucket.upload_form("k", max_size=1, redirect="https://x\r\ny")
    assert faults.requests == []


def test_without_credentials_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for use in (ours().url, ours().upload_url):
        with pytest.raises(CredentialsError, match="no credentials"):
            use(region="eu-west-1")
    with pytest.raises(CredentialsError):
        ours().bucket.upload_form("k", max_size=1, region="eu-west-1")
    with pytest.raises(CredentialsError, match="anonymous"):
        Object("acme", "k", cloud=Cloud(region="eu-west-1", anonymous=True)).url(region="eu-west-1")


def test_a_link_to_a_custom_endpoint_asks_for_no_region(faults: FaultServer) -> None:
    thing = Object("acme", "k", cloud=faults.cloud())
    assert thing.url().startswith(f"{faults.url}/acme/k?")
    assert thing.bucket.upload_form("k", max_size=1).url == f"{faults.url}/acme"
    assert faults.requests == []


def test_a_bucket_that_is_not_there_has_no_links(rig: Rig) -> None:
    if ENDPOINT_URL is None:  # other servers are not asked
        with pytest.raises(BucketNotFound):
            Bucket(rig.name("nowhere"))["k"].url()


def test_an_owner_that_is_expected_is_a_header_and_so_in_no_link_to_read() -> None:
    thing = Object("acme", "k", expected_bucket_owner="1" * 12, cloud=Cloud(region="eu-west-1"))
    assert "expected-bucket-owner" not in thing.url(region="eu-west-1")
    link = thing.upload_url(region="eu-west-1")
    assert link.headers == {"x-amz-expected-bucket-owner": "1" * 12}


@pytest.mark.parametrize("ends_in", [timedelta(minutes=10), timedelta(hours=10)])
def test_credentials_that_end_earlier(ends_in: timedelta) -> None:
    end = datetime.now(timezone.utc) + ends_in
    session = botocore.session.Session()
    session._credentials = RefreshableCredentials(
        "id",
        "secret",
        "token",
        expiry_time=end,
        refresh_using=dict,
        method="sso",
        advisory_timeout=0,
        mandatory_timeout=0,
    )
    cloud = Cloud(session=boto3.Session(botocore_session=session), region="eu-west-1")
    thing = Object("acme", "k", cloud=cloud)
    for make in (
        lambda: thing.url(region="eu-west-1"),
        lambda: thing.upload_url(region="eu-west-1"),
        lambda: thing.bucket.upload_form("k", max_size=1, region="eu-west-1"),
    ):
        if ends_in > timedelta(hours=1):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert make().expires_at < end
            continue
        with pytest.warns(LinkEndsEarly, match="sso") as caught:
            assert make().expires_at == end
        assert caught[0].filename == __file__
        assert "Signature" not in str(caught[0].message)


# -- the signature is of just what is sent -----------------------------------------------------------------------


def signature_of(method: str, url: str, headers: Mapping[str, str]) -> str:
    """Signature version 4 of a query, by AWS's description of it and not by botocore."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.pop("X-Amz-Signature")
    sent = {name.lower(): value for name, value in {**headers, "Host": parts.netloc}.items()}
    signed = query["X-Amz-SignedHeaders"].split(";")
    assert set(signed) == set(sent), "what is signed is what has to be sent"
    canonical = "\n".join(
        [
            method,
            parts.path,
            "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query)),
            *(f"{name}:{sent[name]}" for name in signed),
            "",
            ";".join(signed),
            "UNSIGNED-PAYLOAD",
        ]
    )
    day, region, service, end = query["X-Amz-Credential"].split("/")[1:]
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            query["X-Amz-Date"],
            f"{day}/{region}/{service}/{end}",
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{SECRET}".encode()
    for step in (day, region, service, end, text):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key.hex()


UPLOADS: list[dict[str, Any]] = [
    {},
    {"content_type": "image/png"},
    {"metadata": {"by": "me", "a-b": "c d"}, "tags": {"a": "b c", "d": "e=f"}},
    {"storage_class": "STANDARD_IA", "if_absent": True},
    {"encryption": "AES256"},
    {"encryption": Encryption("aws:kms", "alias/x", bucket_key=True)},
]


@pytest.mark.parametrize("options", UPLOADS, ids=lambda each: "-".join(each) or "plain")
def test_the_headers_of_an_upload_are_those_that_are_signed(options: dict[str, Any]) -> None:
    link = ours().upload_url(region="eu-west-1", **options)
    assert link.method == "PUT"
    assert signature_of("PUT", link, link.headers) == dict(parse_qsl(urlsplit(link).query))["X-Amz-Signature"]


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "cn-north-1"])
def test_links_to_read_need_no_headers(region: str) -> None:
    for thing in (ours(region), ours(region).at("v1")):
        link = thing.url(region=region, filename="ä.txt", content_type="text/plain")
        query = dict(parse_qsl(urlsplit(link).query))
        assert signature_of("GET", link, {}) == query["X-Amz-Signature"]
        assert query["response-content-type"] == "text/plain"
        assert query["response-content-disposition"] == attachment("ä.txt")


@given(st.text().filter(lambda name: not set(name) & set("\r\n\0")))
def test_file_names(name: str) -> None:
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        return
    header = attachment(name)
    assert header.isascii()
    assert header.startswith('attachment; filename="')
    plain, _, encoded = header.removeprefix('attachment; filename="').partition("\"; filename*=UTF-8''")
    assert unquote(encoded) == name if encoded else plain == f'{name}"'
    assert plain.removesuffix('"').count('"') == 0


# -- the form ----------------------------------------------------------------------------------------------------


def policy_of(form: UploadForm) -> list[Any]:
    import base64

    said = json.loads(base64.b64decode(form.fields["policy"]))
    conditions: list[Any] = said["conditions"]
    return conditions


def test_what_a_form_allows() -> None:
    bucket = ours().bucket
    form = bucket.upload_form("in/", max_size=10, min_size=2, region="eu-west-1")
    assert ["content-length-range", 2, 10] in policy_of(form)
    assert ["starts-with", "$key", "in/"] in policy_of(form)
    assert form.fields["key"] == "in/${filename}"
    form = bucket.upload_form(
        "photo.png",
        max_size=10,
        content_type="image/png",
        metadata={"by": "me"},
        redirect="https://acme.example/done",
        region="eu-west-1",
    )
    for condition in (
        ["content-length-range", 0, 10],
        {"key": "photo.png"},
        {"Content-Type": "image/png"},
        {"x-amz-meta-by": "me"},
        {"success_action_redirect": "https://acme.example/done"},
    ):
        assert condition in policy_of(form)
    form = bucket.upload_form("in/", max_size=10, content_type="image/", region="eu-west-1")
    assert ["starts-with", "$Content-Type", "image/"] in policy_of(form)
    assert "Content-Type" not in form.fields
    key = f"AWS4{SECRET}".encode()
    scope = form.fields["x-amz-credential"].split("/")[1:]
    for step in (*scope, form.fields["policy"]):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    assert form.fields["x-amz-signature"] == key.hex()


def test_the_form_as_html() -> None:
    form = UploadForm(
        "https://x/?a=1&b=2",
        {"key": "<b>", "policy": '"x"'},
        expires_at=datetime(2030, 1, 1, tzinfo=timezone.utc),
    )
    text = form.html(button="<Go>")
    assert '<form action="https://x/?a=1&amp;b=2" method="post" enctype="multipart/form-data">' in text
    assert '<input type="hidden" name="key" value="&lt;b&gt;">' in text
    assert 'value="&quot;x&quot;"' in text
    assert "<button>&lt;Go&gt;</button>" in text
    # S3 ignores what comes behind the file.
    assert text.index('type="file"') > text.rindex('type="hidden"')
    assert repr(form) == "<UploadForm '<b>' to https://x/?a=1&b=2 until 2030-01-01T00:00:00Z>"


# -- for real ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server on loopback, whom anybody can speak HTTP to."""
    if ENDPOINT_URL is not None:
        yield ENDPOINT_URL
        return
    from moto.server import ThreadedMotoServer

    made = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"http://{host}:{port}"
    made.stop()


def send(link: Link, body: bytes | None = None) -> tuple[bytes, Mapping[str, str]]:
    request = HttpRequest(str(link), data=body, headers=dict(link.headers), method=link.method)
    with urlopen(request, timeout=10) as answer:
        return answer.read(), answer.headers


def test_people_without_credentials_read_and_write(server: str) -> None:
    cloud = Cloud(region="us-east-1", endpoint_url=server)
    bucket = Bucket.create(f"links-{uuid.uuid4().hex[:8]}", cloud=cloud)
    thing = bucket["a b/ä.txt"]
    up = thing.upload_url(content_type="text/csv", metadata={"by": "me"}, tags={"a": "b"})
    send(up, b"1,2\n")
    assert (thing.read_bytes(), thing.content_type, thing.metadata) == (b"1,2\n", "text/csv", {"by": "me"})
    assert dict(thing.tags) == {"a": "b"}
    data, _ = send(thing.url(filename="years 2026.csv", content_type="text/plain"))
    assert data == b"1,2\n"

    form = bucket.upload_form("in/", max_size=100, metadata={"by": "form"})
    fields = {**form.fields, "key": form.fields["key"].replace("${filename}", "photo.bin")}
    mark = uuid.uuid4().hex
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()
    ]
    parts.append('Content-Disposition: form-data; name="file"; filename="photo.bin"\r\n\r\nbytes')
    body = "".join(f"--{mark}\r\n{part}\r\n" for part in parts) + f"--{mark}--\r\n"
    request = HttpRequest(form.url, data=body.encode(), method="POST")
    request.add_header("Content-Type", f"multipart/form-data; boundary={mark}")
    with urlopen(request, timeout=10) as answer:
        assert answer.status in (200, 201, 204)
    assert bucket["in/photo.bin"].read_bytes() == b"bytes"
    assert bucket["in/photo.bin"].metadata == {"by": "form"}
    bucket.delete(force=True)
    cloud.close()


def test_a_form_is_one_that_a_server_can_be_asked_with(faults: FaultServer) -> None:
    faults.otherwise(Reply(204))
    form = Bucket("acme", cloud=faults.cloud()).upload_form("k", max_size=1)
    with urlopen(HttpRequest(form.url, data=urlencode(form.fields).encode()), timeout=5) as answer:
        assert answer.status == 204
    assert faults.requests[0].path == "/acme"


@pytest.mark.parametrize("key", ["a\r\nb", "a\nb", "a\x00b", "a\x1bb"])
def test_keys_with_control_characters_are_not_written_to(key: str) -> None:
    thing = Object("acme", key, cloud=Cloud(region="us-east-1"))
    with pytest.raises(InvalidRequest, match="control character"):
        thing.upload_url(region="us-east-1")
    with pytest.raises(InvalidRequest, match="control character"):
        Bucket("acme", cloud=thing.cloud).upload_form(key, max_size=1, region="us-east-1")
    assert thing.url(region="us-east-1").method == "GET"


def test_a_link_ends_at_a_moment(rig: Rig) -> None:
    end = datetime.now(timezone.utc) + timedelta(hours=1)
    thing = Bucket.create(rig.name("moments"))["k"]
    form = thing.bucket.upload_form("k", max_size=1, expires=end)
    for made in (thing.url(expires=end), thing.upload_url(expires=end), form):
        assert timedelta(seconds=-2) <= made.expires_at - end <= timedelta(seconds=2)


def test_times_that_no_link_lasts(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    now = datetime.now(timezone.utc)
    wrong: list[Any] = [
        *(0, -1, True, "60", None, float("nan"), timedelta(days=8), 7 * 86400 + 1),
        *(now, now.replace(tzinfo=None) + timedelta(hours=1), now + timedelta(days=8)),
    ]
    for each in wrong:
        uses: list[Callable[[], object]] = [
            lambda each=each: bucket["k"].url(expires=each),  # type: ignore[misc]
            lambda each=each: bucket["k"].upload_url(expires=each),  # type: ignore[misc]
            lambda each=each: bucket.upload_form("k", max_size=1, expires=each),  # type: ignore[misc]
        ]
        for use in uses:
            with pytest.raises(InvalidRequest, match="expires="):
                use()
    assert faults.requests == []
