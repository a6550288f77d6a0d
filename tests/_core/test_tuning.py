"""Faster than botocore, and no different: each seam is compared with what botocore itself does."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import boto3
import pytest
from botocore import handlers, utils
from hypothesis import given, strategies as st

from cloudkit import Bucket, Cloud, CloudError, Retry, ServiceError, Transfers
from cloudkit._core import rows as rows_module, tuning
from cloudkit._core.marks import lean_rows
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

KEYS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"),
    min_size=1,
    max_size=20,
)


def untuned(server: FaultServer, **config: Any) -> Any:
    """A client as boto3 makes it."""
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config),
    )


def answers(server: FaultServer, call: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What the tuned and the untuned client make of the same answer; lean rows say the same."""
    tuned = server.cloud().client("s3")
    ours, theirs = answer_of(tuned, call), answer_of(untuned(server), call)
    with lean_rows():
        own = answer_of(tuned, call)
    if isinstance(own, dict):
        own.pop("cloudkit_order", None)
    assert own == ours
    return ours, theirs


def answer_of(client: Any, call: Callable[[Any], Any]) -> Any:
    try:
        answer = call(client)
        del answer["ResponseMetadata"]
    except Exception as error:
        return type(error).__name__, str(error)
    return answer


# -- times -------------------------------------------------------------------------------------------------------


def test_sessions_of_ours_read_times_quickly(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    faults.otherwise(Reply(headers={"Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT", "ETag": '"x"'}))
    answer = faults.cloud().call("s3", "head_object", Bucket="acme", Key="k")
    assert answer["LastModified"] == datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
    assert answer["LastModified"].tzinfo is timezone.utc  # botocore's own is dateutil's


def test_the_caller_s_session_stays_as_it_is(faults: FaultServer) -> None:
    session = boto3.Session(region_name="us-east-1")
    cloud = Cloud(session=session, endpoint_url=faults.url)
    faults.otherwise(Reply(headers={"Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT", "ETag": '"x"'}))
    assert cloud.call("s3", "head_object", Bucket="acme", Key="k")["LastModified"].tzinfo is not timezone.utc


# -- listings ----------------------------------------------------------------------------------------------------


def row(key: str, *more: str, checked: bool = False, storage: bool = True) -> str:
    checksum = "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-23T10:00:00.000Z</LastModified>"
        f"<ETag>&quot;{hashlib.md5(key.encode()).hexdigest()}&quot;</ETag>{checksum if checked else ''}"
        f"<Size>{len(key)}</Size>{''.join(more)}{'<StorageClass>STANDARD</StorageClass>' if storage else ''}</Contents>"
    )


def page(*rows: str, encoding: str = "", between: str = "") -> Reply:
    return Reply.xml(
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>acme</Name><Prefix/><KeyCount>{len(rows)}</KeyCount><MaxKeys>1000</MaxKeys>{encoding}"
        f"<IsTruncated>false</IsTruncated>{between.join(rows)}</ListBucketResult>"
    )


OWNER = "<Owner><ID>1</ID><DisplayName>me &amp; you</DisplayName></Owner>"
ODD_ROWS = {
    "plain": row("a"),
    "with a checksum": row("a", checked=True),
    "with an owner": row("a", OWNER),
    "with an owner's id alone": row("a", "<Owner><ID>1</ID></Owner>"),
    "without a storage class": row("a", storage=False),
    "with several checksums": row("a").replace(
        "<Size>",
        "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><Size>",
    ),
    "restored": row("a", "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>"),
    "in another order": row("a").replace("<Size>1</Size>", "").replace("<Key>", "<Size>1</Size><Key>"),
    "with something new": row("a", "<Colour>red</Colour>"),
    "of another time": row("a").replace("10:00:00.000Z", "10:00:00+02:00"),
    "with references": row("a").replace("<Key>a", "<Key>a&#x9;b&#38;"),
    "escaped twice": row("a&amp;b&quot;"),
    "an empty key": row(""),
    "with an attribute": row("a").replace("<Contents>", '<Contents x="1">'),
    "with a space": row("a").replace("<Contents>", "<Contents >"),
    "in a comment": row("b") + "<!--" + row("a") + "-->",
    "with a comment": row("a").replace("<Size>", "<!-- 1 --><Size>"),
    "in lines": row("a").replace("><", ">\n  <"),
}


@pytest.mark.parametrize("kind", ODD_ROWS)
@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
def test_rows_of_any_form_are_those_of_botocore(faults: FaultServer, kind: str, operation: str) -> None:
    odd = ODD_ROWS[kind]
    for rows in ((odd,), (row("0"), odd, row("z")), (row("0", checked=True), odd)):
        faults.otherwise(page(*rows))
        ours, theirs = answers(faults, lambda client: getattr(client, operation)(Bucket="acme"))
        assert ours == theirs
        assert len(ours["Contents"]) == len(rows)


@pytest.mark.parametrize("broken", ["<Contentt>", "\x01Contents>", "<Contents", "Contents>", "<Contents><"])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_broken_byte_loses_no_row(faults: FaultServer, broken: str, place: int) -> None:
    rows = [row(f"k{number}", checked=True) for number in range(5)]
    rows[place] = rows[place].replace("<Contents>", broken)
    faults.otherwise(page(*rows))
    with pytest.raises(ServiceError):
        faults.cloud().call("s3", "list_objects_v2", Bucket="acme")


@pytest.mark.parametrize(
    "reply",
    [
        page(),
        page(row("a/b"), row("z"), between="<CommonPrefixes><Prefix>m/</Prefix></CommonPrefixes>"),
        page(row("a"), "<CommonPrefixes><Prefix>m/</Prefix></CommonPrefixes>"),
        page(row("a%20b%2Bc+d"), encoding="<EncodingType>url</EncodingType>"),
        page(row("plain"), encoding="<EncodingType>url</EncodingType>"),
        page(row("plain").replace("plain", "a+b"), encoding="<EncodingType>url</EncodingType>"),
        page(row("a%2Fb"), encoding="<EncodingType>url</EncodingType><StartAfter>a%2Fa</StartAfter>"),
        Reply.xml("<Error><Code>InternalError</Code><Message>busy</Message></Error>"),
        Reply.xml(f"<ListBucketResult>{row('a')}"),
        Reply.xml(f"<ListBucketResult>{row('a')}</ListBucketResult><oops>"),
    ],
)
def test_pages_of_any_form_are_those_of_botocore(faults: FaultServer, reply: Reply) -> None:
    faults.otherwise(reply)
    ours, theirs = answers(faults, lambda client: client.list_objects_v2(Bucket="acme"))
    assert ours == theirs


@given(st.lists(st.tuples(KEYS, st.booleans()), max_size=6))
def test_keys_come_through(rows: list[tuple[str, bool]]) -> None:
    body = page(*(row(key, checked=checked) for key, checked in rows)).body
    response: dict[str, Any] = {"status_code": 200, "body": body}
    made: dict[str, Any] = {}
    rows_module.ROWS_OF["ListObjectsV2"](response_dict=response, customized_response_dict=made)
    assert [each["Key"] for each in made.get("Contents", [])] == [key for key, _ in rows]
    assert b"<Contents>" not in response["body"]


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects", "list_object_versions"])
def test_the_quick_way_is_taken(faults: FaultServer, operation: str) -> None:
    """What S3 answers is of a form that is read quickly: botocore sees no row."""
    version = (
        "<Version><Key>a</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-23T10:00:00.000Z"
        "</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size><Owner><ID>1</ID></Owner><StorageClass>STANDARD"
        "</StorageClass></Version><DeleteMarker><Key>b</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest>"
        "<LastModified>2026-11-23T10:00:00.000Z</LastModified><Owner><ID>1</ID></Owner></DeleteMarker>"
    )
    versions = operation == "list_object_versions"
    faults.otherwise(
        Reply.xml(f"<ListVersionsResult>{version}{version}</ListVersionsResult>")
        if versions
        else page(row("a"))
    )
    ours, theirs = answers(faults, lambda client: getattr(client, operation)(Bucket="acme"))
    assert ours == theirs
    with lean_rows():  # for cloudkit's own eyes
        ours = getattr(faults.cloud().client("s3"), operation)(Bucket="acme")
    assert ours.get("cloudkit_order") == ("VDVD" if versions else None)
    seen: list[bytes] = []
    client = faults.cloud().client("s3")
    client.meta.events.register_last(
        "before-parse", lambda response_dict, **_: seen.append(response_dict["body"])
    )
    getattr(client, operation)(Bucket="acme")
    assert b"<Key>" not in seen[0]


@pytest.mark.parametrize("checked", [True, False])
def test_lean_rows_are_for_who_asks_for_them(faults: FaultServer, *, checked: bool) -> None:
    faults.otherwise(page(row("a", checked=checked), row("b", checked=checked)))
    cloud = faults.cloud()
    plain = cloud.call("s3", "list_objects_v2", Bucket="acme")["Contents"]
    with lean_rows():
        lean = cloud.call("s3", "list_objects_v2", Bucket="acme")["Contents"]
    again = cloud.call("s3", "list_objects_v2", Bucket="acme")["Contents"]
    assert [type(each) for each in (*plain, *again)] == [dict] * 4
    assert all(isinstance(each, rows_module.LeanRow) for each in lean)
    assert [dict(each) for each in lean] == plain
    assert [len(each) for each in lean] == [len(each) for each in plain]
    assert "Size" in lean[0]
    assert "Owner" not in lean[0]
    with pytest.raises(KeyError):
        lean[0]["Owner"]


def test_listed_objects_know_what_their_rows_say(faults: FaultServer) -> None:
    faults.otherwise(page(row("a", checked=True)))
    (listed,) = Bucket("acme", cloud=faults.cloud()).objects()
    calls = len(faults.requests)
    assert (listed.size, listed.etag, listed.storage_class) == (
        1,
        '"0cc175b9c0f1b6a831c399e269772661"',
        "STANDARD",
    )
    assert listed.last_modified == datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
    assert len(faults.requests) == calls
    assert pickle.loads(pickle.dumps(listed)) == listed


# -- errors in a success -----------------------------------------------------------------------------------------


def test_an_error_in_a_success_is_tried_again_and_told(faults: FaultServer) -> None:
    busy = Reply.xml(
        "<?xml version='1.0'?>\n<Error><Code>InternalError</Code><Message>busy</Message></Error>"
    )
    faults.replies(busy, page(row("a")))
    answer = faults.cloud(attempts=2).call("s3", "list_objects_v2", Bucket="acme")
    assert len(answer["Contents"]) == 1
    faults.otherwise(busy)
    with pytest.raises(CloudError) as caught:
        faults.cloud().call("s3", "copy_object", Bucket="acme", Key="k", CopySource="acme/j")
    assert caught.value.code == "InternalError"


def test_sound_answers_are_parsed_once(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = handlers._looks_like_special_case_error

    def noted(*given: Any) -> Any:
        asked.append(given)
        return real(*given)

    monkeypatch.setattr(handlers, "_looks_like_special_case_error", noted)
    faults.replies(page(row("a")), Reply.xml(f"<ListBucketResult>{row('a')}"))
    cloud = faults.cloud()
    cloud.call("s3", "list_objects_v2", Bucket="acme")
    assert asked == []
    with pytest.raises(CloudError):
        cloud.call("s3", "list_objects_v2", Bucket="acme")
    assert len(asked) == 1


def test_what_is_no_xml_in_the_middle_is_an_error_too(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, b"<ListBucketResult><Contents><Key>\xff</Key></Contents></ListBucketResult>"))
    with pytest.raises(ServiceError) as caught:
        faults.cloud().call("s3", "list_objects_v2", Bucket="acme")
    assert caught.value.retryable


# -- bodies ------------------------------------------------------------------------------------------------------


def test_small_bodies_are_sent_without_asking(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": '"x"'}))
    cloud = faults.cloud()
    for body in (b"x", io.BytesIO(b"x"), b"", bytes(tuning.ASK_BEFORE_BYTES - 1)):
        cloud.call("s3", "put_object", Bucket="acme", Key="k", Body=body)
    cloud.call("s3", "put_object", Bucket="acme", Key="k", Body=bytes(tuning.ASK_BEFORE_BYTES))
    asked = ["Expect" in request.headers for request in faults.requests]
    assert asked == [False, False, False, False, True]


def test_what_is_read_before_is_not_counted() -> None:
    file = io.BytesIO(bytes(100))
    file.seek(90)
    assert tuning._length(file) == 10
    assert file.tell() == 90
    assert tuning._length(iter([b"x"])) == float("inf")


def test_boto3_s_own_transfers_go_through(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(9 * 1024**2))
    bucket = Bucket.create(rig.name("transfers"))
    rig.cloud.client("s3").upload_file(str(path), bucket.name, "large")
    assert bucket["large"].size == 9 * 1024**2


@given(
    st.lists(st.tuples(KEYS, st.none() | KEYS), min_size=1, max_size=5), st.sampled_from([None, True, False])
)
def test_long_deletes_are_written_as_botocore_writes_them(
    entries: list[tuple[str, str | None]], quiet: bool | None
) -> None:
    objects = [
        {"Key": key} if version is None else {"Key": key, "VersionId": version} for key, version in entries
    ]
    delete = {"Objects": objects} if quiet is None else {"Objects": objects, "Quiet": quiet}
    sent = SENT.bodies(Bucket="acme", Delete=delete)
    assert sent[0] == sent[1]
    assert delete["Objects"] is objects
    assert len(objects) == len(entries)


class Sent:
    """The bodies that a tuned and an untuned client would send."""

    def __init__(self) -> None:
        cloud = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:9")
        self._clients = [
            cloud.client("s3"),
            boto3.client("s3", region_name="us-east-1", endpoint_url="http://127.0.0.1:9"),
        ]
        self._sent: list[bytes] = []
        for client in self._clients:
            client.meta.events.register("before-send.s3.DeleteObjects", self._note)

    def _note(self, request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        self._sent.append(bytes(request.body))
        raw: Any = io.BytesIO(b"<DeleteResult/>")
        raw.stream = lambda *_: iter([b"<DeleteResult/>"])
        return AWSResponse(request.url, 200, {}, raw)

    def bodies(self, **params: Any) -> list[bytes]:
        self._sent = []
        for client in self._clients:
            client.delete_objects(**params)
        return self._sent


SENT = Sent()


@pytest.mark.parametrize(
    "objects",
    [
        [{"Key": "a"}, {"Key": "b", "ETag": "e"}],
        [{"Key": "a"}, {"Key": 7}],
        [{"Key": "a"}, {"Key": ""}],
        [{"Key": "a"}, {}],
        [{"Key": "a"}, "b"],
        ({"Key": "a"}, {"Key": "b"}),
        [],
    ],
)
def test_odd_deletes_are_left_to_botocore(faults: FaultServer, objects: Any) -> None:
    faults.otherwise(Reply.xml("<DeleteResult/>"))
    ours, theirs = answers(
        faults, lambda client: client.delete_objects(Bucket="acme", Delete={"Objects": objects})
    )
    assert ours == theirs
    assert len({request.body for request in faults.requests}) <= 1


def test_deleted_rows_are_those_of_botocore(faults: FaultServer) -> None:
    for text in (
        "<Deleted><Key>a</Key></Deleted><Deleted><Key>b&amp;</Key><VersionId>v</VersionId></Deleted>",
        "<Deleted><Key>a</Key></Deleted><Error><Key>c</Key><Code>AccessDenied</Code></Error><Deleted><Key>b</Key></Deleted>",
        "<Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>",
        "<Error><Key>c</Key><Code>AccessDenied</Code></Error>",
    ):
        faults.otherwise(Reply.xml(f"<DeleteResult>{text}</DeleteResult>"))
        ours, theirs = answers(
            faults, lambda client: client.delete_objects(Bucket="acme", Delete={"Objects": [{"Key": "a"}]})
        )
        assert ours == theirs


# -- other servers -----------------------------------------------------------------------------------------------


def md5_and_crc(request: Request) -> tuple[str | None, str | None]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    crc = next((value for name, value in headers.items() if name.startswith("x-amz-checksum")), None)
    return headers.get("content-md5"), crc


def test_other_servers_get_the_md5_that_s3_once_wanted(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<DeleteResult/>"))
    cloud = faults.cloud()
    cloud.call("s3", "delete_objects", Bucket="acme", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    cloud.call("s3", "put_bucket_tagging", Bucket="acme", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    cloud.call("s3", "put_object", Bucket="acme", Key="k", Body=b"x")
    cloud.call("s3", "put_object", Bucket="acme", Key="k", Body=b"x", ChecksumAlgorithm="SHA256")
    delete, tags, put, asked = faults.requests
    for request in (delete, tags):
        import base64

        assert md5_and_crc(request) == (base64.b64encode(hashlib.md5(request.body).digest()).decode(), None)
        assert "x-amz-sdk-checksum-algorithm" not in {name.lower() for name in request.headers}
    assert md5_and_crc(put) == (None, None)
    assert md5_and_crc(asked)[1] is not None


def test_checksums_are_sent_where_they_are_asked_for(faults: FaultServer) -> None:
    faults.otherwise(Reply(headers={"ETag": '"x"'}))
    cloud = faults.cloud(transfers=Transfers(checksums="when_supported"))
    assert cloud.sends_checksums
    cloud.call("s3", "put_object", Bucket="acme", Key="k", Body=b"x")
    assert md5_and_crc(faults.requests[0])[1] is not None
    assert not faults.cloud().sends_checksums
    assert Cloud(region="us-east-1").sends_checksums
    assert not Cloud(region="us-east-1", transfers=Transfers(checksums="when_required")).sends_checksums


# -- headers -----------------------------------------------------------------------------------------------------


def test_headers_of_an_answer_are_those_of_botocore(faults: FaultServer) -> None:
    faults.otherwise(
        Reply(
            headers={
                "ETag": '"x"',
                "x-AMZ-meta-By": "me",
                "X-Amz-Version-Id": "v1",
                "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT",
                "x-amz-request-id": "req-7",
                "Expires": "tomorrow",
            }
        )
    )
    ours, theirs = answers(faults, lambda client: client.head_object(Bucket="acme", Key="k"))
    assert ours == theirs
    assert ours["Metadata"] == {"By": "me"}
    answer = faults.cloud().call("s3", "head_object", Bucket="acme", Key="k")
    assert answer["ResponseMetadata"]["RequestId"] == "req-7"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-version-id"] == "v1"


def test_headers_are_found_in_any_case() -> None:
    headers = tuning._Headers({"Content-Type": "text/xml", "ETag": "e"})
    assert headers["content-type"] == headers.get("CONTENT-TYPE") == "text/xml"
    assert "etag" in headers
    assert headers.__contains__(7) is False
    assert list(headers) == ["Content-Type", "ETag"]
    assert len(headers) == 2
    assert headers.get("Date") is None


def test_the_user_agent_names_everybody_once(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    faults.otherwise(Reply(headers={"ETag": '"x"'}))
    faults.cloud().call("s3", "head_object", Bucket="acme", Key="k")
    agent = faults.requests[-1].headers["User-Agent"]
    assert all(f"{name}/" in agent for name in ("Boto3", "Botocore", "Python", "cloudkit"))
    # An application that has given itself a name keeps it, and so does the caller's own session.
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "nightly-report")
    faults.cloud().call("s3", "head_object", Bucket="acme", Key="k")
    assert "app/nightly-report" in faults.requests[-1].headers["User-Agent"]
    monkeypatch.delenv("AWS_SDK_UA_APP_ID")
    session = boto3.Session(region_name="us-east-1")
    session._session.user_agent_name = "Caller"
    Cloud(session=session, endpoint_url=faults.url).call("s3", "head_object", Bucket="acme", Key="k")
    assert faults.requests[-1].headers["User-Agent"].startswith("Caller/")


# -- signatures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("v4-query", "s3v4-query"),
        ("s3v4-query", "s3v4-query"),
        ("s3v4-presign-post", "s3v4-presign-post"),
        ("v4a-query", None),
        ("v4-s3express-query", None),
        ("s3v4", None),
        ("v4", None),
    ],
)
def test_links_alone_are_told_their_signature(given: str, wanted: str | None) -> None:
    assert tuning._sign_links_by_version_4(signature_version=given) == wanted


def test_directory_buckets_are_signed_as_botocore_does() -> None:
    """Their requests begin with a session of their own, which a fixed signature version would leave out."""
    asked: list[str] = []

    def note(request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        asked.append(request.url)
        raw: Any = io.BytesIO()
        raw.stream = lambda *_: iter([b""])
        return AWSResponse(request.url, 403, {}, raw)

    cloud = Cloud(region="us-east-1", retry=Retry(attempts=1))
    cloud.client("s3").meta.events.register("before-send.s3", note)
    with pytest.raises(CloudError):
        cloud.call("s3", "head_object", Bucket="data--use1-az4--x-s3", Key="k")
    assert asked[0].endswith("/?session")


def test_resources_sign_links_so_too() -> None:
    link = (
        Cloud(region="us-east-1")
        .boto3_resource("s3")
        .meta.client.generate_presigned_url("get_object", Params={"Bucket": "acme", "Key": "k"})
    )
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link


# -- the seams themselves ----------------------------------------------------------------------------------------


def test_botocore_still_has_the_seams() -> None:
    """If one goes, the tuning has to be looked at: what it did is done slowly until then, not wrongly."""
    assert callable(handlers._handle_200_error)
    assert callable(utils.parse_timestamp)
    assert ("before-parse.s3.*", handlers._handle_200_error) in [
        entry[:2] for entry in handlers.BUILTIN_HANDLERS
    ]


def test_without_the_handler_of_errors_nothing_is_replaced(
    monkeypatch: pytest.MonkeyPatch, faults: FaultServer
) -> None:
    monkeypatch.delattr(handlers, "_handle_200_error")
    faults.otherwise(page(row("a")))
    assert len(faults.cloud().call("s3", "list_objects_v2", Bucket="acme")["Contents"]) == 1
