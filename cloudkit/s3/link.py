"""Links and forms that let others read or write one object for a while, without credentials."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from html import escape
from typing import TYPE_CHECKING, Any, Literal, NoReturn
from urllib.parse import parse_qs, urlsplit

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit._core.params import within
from cloudkit._core.redaction import redacted
from cloudkit.errors import CredentialsError, InvalidRequest
from cloudkit.s3._address.object import address
from cloudkit.s3._directory import check, is_directory, refuse
from cloudkit.s3._given import lifetime
from cloudkit.s3._headers import attachment, refuse_line_breaks
from cloudkit.s3._limits import MAX_DIRECTORY_PRESIGN_SECONDS, MAX_OBJECT_BYTES
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._region import region_of
from cloudkit.s3._service import S3
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud
    from cloudkit.s3._address.object import ObjectAddress

_NO_PICKLE = "cannot be pickled, since the right to use it would travel with it"

# What each parameter of PutObject is called on the wire, for those who send the request without us.
_HEADERS = {
    "ContentType": "Content-Type",
    "ContentDisposition": "Content-Disposition",
    "CacheControl": "Cache-Control",
    "StorageClass": "x-amz-storage-class",
    "Tagging": "x-amz-tagging",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
    "IfNoneMatch": "If-None-Match",
    "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
}
_METADATA = "x-amz-meta-"


class LinkEndsEarly(UserWarning):
    """A link or form ends before the time asked for, because the credentials that signed it do."""


class Link(str):  # noqa: SLOT000 - it has attributes
    """A signed address: whoever has it can use it until it ends. Treat it as a password.

    It is the text of the URL wherever a text is wanted; its `repr` hides the signature, and it refuses to pickle:
    `str(link)` is the plain text for where it has to go.

    Attributes:
        method: `"GET"`, or `"PUT"` for an upload.
        expires_at: When it ends.
        headers: What has to be sent with it, or S3 refuses.

    Examples:
        >>> link = Object("acme-photos", "hello.txt").url()
        >>> link.method, link.headers
        ('GET', {})
        >>> str(link).startswith("https://")
        True
    """

    method: Literal["GET", "PUT"]
    expires_at: datetime
    headers: Mapping[str, str]

    def __new__(
        cls,
        url: str,
        *,
        method: Literal["GET", "PUT"],
        expires_at: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """The link of that URL."""
        made = super().__new__(cls, url)
        made.method = method
        made.expires_at = expires_at
        made.headers = dict(headers or {})
        return made

    @override
    def __repr__(self) -> str:
        return f"<Link {self.method} {redacted(str(self))} until {self.expires_at:%Y-%m-%dT%H:%M:%SZ}>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a Link {_NO_PICKLE}: str(link) is its text")

    @override
    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        self.__reduce__()


@frozen(repr=False)
class UploadForm:
    """What a web page posts to upload a file to S3, for a while. Whoever has it can use it.

    Attributes:
        url: Where to post it to, as `multipart/form-data`.
        fields: What to send along, before the file, whose field is called `file`. The signature is among them.
        expires_at: When it ends.

    Examples:
        >>> form = Bucket("acme-photos").upload_form("inbox/", max_size=1_000_000)
        >>> form.fields["key"]
        'inbox/${filename}'
    """

    url: str
    fields: Mapping[str, str] = field(factory=dict[str, str])
    expires_at: datetime = field(kw_only=True)

    @override
    def __repr__(self) -> str:
        return f"<UploadForm {self.fields.get('key')!r} to {self.url} until {self.expires_at:%Y-%m-%dT%H:%M:%SZ}>"

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError(f"an UploadForm {_NO_PICKLE}: form.url and form.fields are plain")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def html(self, button: str = "Upload") -> str:
        """The form as HTML, for a page to start from.

        Args:
            button: What its button says.

        Returns:
            A `<form>` element.

        Raises:
            TypeError: `button` is no text.

        Examples:
            >>> Bucket("acme-photos").upload_form("inbox/", max_size=1_000).html()[:39]
            '<form action="https://acme-photos.s3.am'

        AWS: none
        """
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
            for name, value in self.fields.items()
        )
        return (
            f'<form action="{escape(self.url)}" method="post" enctype="multipart/form-data">\n{hidden}'
            f'<input type="file" name="file">\n<button>{escape(button)}</button>\n</form>\n'
        )


def link_to_read(
    of: ObjectAddress,
    *,
    expires: Duration | datetime,
    filename: str | None,
    content_type: str | None,
    region: str | None,
) -> Link:
    """A link for GET."""
    _refuse_customer_key(of)
    refuse_line_breaks("filename", filename)
    refuse_line_breaks("content_type", content_type)
    params = {
        **address(of),
        "ResponseContentDisposition": None if filename is None else attachment(filename),
        "ResponseContentType": content_type,
    }
    params.pop("ExpectedBucketOwner", None)  # a header, which no browser sends
    return _signed(of, "get_object", params, "GET", expires, region, {})


def link_to_write(
    of: ObjectAddress, options: WriteOptions, *, expires: Duration | datetime, region: str | None
) -> Link:
    """A link for PUT."""
    _refuse_customer_key(of)
    params = {**address(of), **write_params(of, options)}
    if options.get("content_type") is None:
        del params["ContentType"]  # what is signed has to be sent: a guess binds nobody
    headers = {
        _HEADERS[name]: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if name in _HEADERS
    }
    headers.update((f"{_METADATA}{name}", value) for name, value in params.get("Metadata", {}).items())
    return _signed(of, "put_object", params, "PUT", expires, region, headers)


def form_to_write(
    of: ObjectAddress,
    *,
    max_size: int,
    min_size: int,
    expires: Duration | datetime,
    content_type: str | None,
    metadata: Mapping[str, str],
    redirect: str | None,
    region: str | None,
) -> UploadForm:
    """A form for POST."""
    write_params(of, {})  # a key that no write takes is none for a form either
    refuse(of.bucket_name, "uploads by a form")
    if of.request_payer:
        raise InvalidRequest(
            "a form does not say that its requester pays",
            resource=str(of),
            hint="object.upload_url() makes a link that does",
        )
    seconds = lifetime("expires", expires)
    if not 0 <= min_size <= max_size <= MAX_OBJECT_BYTES:
        raise InvalidRequest(f"min_size={min_size}, max_size={max_size}: 0 <= min_size <= max_size bytes")
    fields: dict[str, str] = {f"{_METADATA}{name}": value for name, value in metadata.items()}
    if redirect is not None:
        fields["success_action_redirect"] = redirect
    conditions: list[Any] = [["content-length-range", min_size, max_size]]
    if content_type is not None and content_type.endswith("/"):
        conditions.append(["starts-with", "$Content-Type", content_type])  # the page fills it in
    elif content_type is not None:
        fields["Content-Type"] = content_type
    for name, value in fields.items():
        refuse_line_breaks(name, value)
    conditions += [{name: value} for name, value in fields.items()]
    _check_credentials(of)
    key = f"{of.key}${{filename}}" if of.key.endswith("/") else of.key
    answer: Any = _cloud_for(of, region).run(
        S3,
        "put_object",
        of,
        lambda client: client.generate_presigned_post(
            of.bucket_name, key, Fields=fields, Conditions=conditions, ExpiresIn=seconds
        ),
    )
    end = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return UploadForm(answer["url"], answer["fields"], expires_at=_ends(of, end))


def _signed(
    of: ObjectAddress,
    operation: str,
    params: Mapping[str, Any],
    method: Literal["GET", "PUT"],
    expires: Duration | datetime,
    region: str | None,
    headers: Mapping[str, str],
) -> Link:
    seconds = lifetime("expires", expires)
    given = {name: value for name, value in params.items() if value is not None}
    check(operation, given)
    if is_directory(of.bucket_name):
        within("expires", seconds, 1, MAX_DIRECTORY_PRESIGN_SECONDS, "seconds")
    _check_credentials(of)
    url = _cloud_for(of, region).run(
        S3,
        operation,
        of,
        lambda client: str(client.generate_presigned_url(operation, Params=given, ExpiresIn=seconds)),
    )
    # The time of the signature is that of botocore's clock, which it may have set right by an answer of AWS's.
    (signed,) = parse_qs(urlsplit(url).query).get("X-Amz-Date", [""])
    begin = (
        datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        if signed
        else datetime.now(timezone.utc)
    )
    end = _ends(of, begin + timedelta(seconds=seconds))
    return Link(url, method=method, expires_at=end, headers=headers)


def _cloud_for(of: ObjectAddress, region: str | None) -> Cloud:
    """The Cloud in the bucket's own region: a link to another one is answered by a redirect, or refused."""
    if region is None:
        if of.cloud.has_custom_endpoint:
            return of.cloud
        region = region_of(of.cloud, of.bucket_name, of.expected_bucket_owner)
    return of.cloud if region in (None, of.cloud.region) else of.cloud.in_region(region)


def _ends(of: ObjectAddress, asked: datetime) -> datetime:
    """When a signature ends: when its credentials do, if that is earlier."""
    source, end = of.cloud.credentials_source()
    if end is None or end >= asked:
        return asked
    warnings.warn(
        f"the link to {of} ends at {end:%Y-%m-%dT%H:%M:%SZ}, before the time asked for ({asked:%Y-%m-%dT%H:%M:%SZ}):"
        f" the credentials that sign it ({source}) end then",
        LinkEndsEarly,
        stacklevel=5,
    )
    return end


def _check_credentials(of: ObjectAddress) -> None:
    """A form is not signed without, and what an anonymous Cloud makes has no end."""
    if of.cloud.credentials_source()[0] is None:
        raise CredentialsError(
            "there are no credentials to sign with",
            service=S3.name,
            resource=str(of),
            hint="an anonymous Cloud signs nothing"
            if of.cloud.anonymous
            else "`cloudkit.whoami()` says more",
        )


def _refuse_customer_key(of: ObjectAddress) -> None:
    if of.customer_key is not None:
        raise InvalidRequest(
            "a link to an object with a customer key is of no use without the key, which does not stand in it",
            resource=str(of),
            hint="let S3 or KMS keep the key (encryption=), or read the object for them",
        )
