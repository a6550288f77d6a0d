"""A bucket as a web site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import field, frozen

from cloudkit._core.params import compact, dig
from cloudkit._core.partitions import AWS, DNS_SUFFIXES
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import is_text, refused, several
from cloudkit.s3._limits import (
    MAX_ROUTING_RULES,
    WEBSITE_DASH_REGIONS,
)
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress

_SCHEMES = ("http", "https")


@frozen(kw_only=True)
class RoutingRule:
    """Where a web site sends those who ask for some pages.

    Attributes:
        prefix: What the keys start with that it is about. Default: all.
        error: The HTTP error that it is about, such as 404. Default: none is needed.
        to: Another host, as `"https://example.com"`. Default: the same.
        replace_prefix: What to put in place of the prefix.
        replace_key: The one page to go to.
        status: The HTTP status of the redirect. S3's default: 301.

    Raises:
        InvalidRequest: It redirects nowhere, or to two places.

    Examples:
        >>> RoutingRule(prefix="docs/", replace_prefix="documents/").prefix
        'docs/'
    """

    prefix: str | None = None
    error: int | None = None
    to: str | None = None
    replace_prefix: str | None = None
    replace_key: str | None = None
    status: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.to is None and self.replace_prefix is None and self.replace_key is None:
            raise InvalidRequest(
                "a routing rule that leads nowhere", hint="to=, replace_prefix= or replace_key="
            )
        if self.replace_prefix is not None and self.replace_key is not None:
            raise InvalidRequest("a routing rule replaces either the prefix or the whole key")
        if self.to is not None:
            _host_of(self.to)


def _rules(given: Iterable[RoutingRule]) -> tuple[RoutingRule, ...]:
    hint = "rules=[RoutingRule(prefix='docs/', to='https://example.com')]"
    found = several("rules", given, hint)
    if not all(isinstance(each, RoutingRule) for each in found):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused("rules", given, "a list of RoutingRule", hint)
    return tuple(found)


@frozen
class Website:
    """How a bucket serves web pages, over HTTP alone. It must be public for that, or be asked through CloudFront.

    Attributes:
        index: The page that a folder shows.
        error: The key of the page that is shown for errors.
        redirect_to: Send everybody to another host, as `"https://example.com"`; nothing else is given then.
        rules: Redirects of some pages, up to 50.

    Raises:
        InvalidRequest: S3 takes no such page, or the settings do not go together.

    Examples:
        >>> Website("index.html", error="404.html").error
        '404.html'
    """

    index: str = "index.html"
    error: str | None = None
    redirect_to: str | None = field(default=None, kw_only=True)
    rules: Sequence[RoutingRule] = field(default=(), kw_only=True, converter=_rules)

    def __attrs_post_init__(self) -> None:
        if not is_text(self.index) or "/" in self.index:
            raise InvalidRequest(f"index={self.index!r}: it is a name without a slash, such as 'index.html'")
        if len(self.rules) > MAX_ROUTING_RULES:
            raise InvalidRequest(f"{len(self.rules)} routing rules: a web site has up to {MAX_ROUTING_RULES}")
        if self.redirect_to is not None:
            _host_of(self.redirect_to)
            if self.error is not None or self.rules:
                raise InvalidRequest("redirect_to sends everybody away: no page and no rule counts besides")


def website(bucket: BucketAddress) -> Website | None:
    """How it serves web pages, or None."""
    found = unless(
        "NoSuchWebsiteConfiguration",
        lambda: bucket.cloud.invoke(S3, "get_bucket_website", bucket_address(bucket), about=bucket),
    )
    if found is None:
        return None
    everybody = found.get("RedirectAllRequestsTo")
    if everybody:
        return Website(redirect_to=_url_of(everybody))
    return Website(
        dig(found, "IndexDocument.Suffix") or "index.html",
        dig(found, "ErrorDocument.Key"),
        rules=[_rule_of(row) for row in found.get("RoutingRules", [])],
    )


def as_website(given: Website | str) -> Website:
    """What a caller gave, a Website or the name of the page that a folder shows."""
    if isinstance(given, Website):
        return given
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused(
            "website", given, "a Website or the name of a page", "'index.html', or None for no site"
        )
    if "://" in given:
        raise refused("website", given, "the name of a page", f"Website(redirect_to={given!r})")
    return Website(given)


def set_website(bucket: BucketAddress, wanted: Website | str | None) -> None:
    """Serve web pages so; None switches it off."""
    _write(bucket, None if wanted is None else as_website(wanted))


@patient
def _write(bucket: BucketAddress, wanted: Website | None) -> None:
    if wanted is None:
        bucket.cloud.invoke(S3, "delete_bucket_website", bucket_address(bucket), about=bucket)
        return
    if wanted.redirect_to is not None:
        document: dict[str, Any] = {"RedirectAllRequestsTo": _host_of(wanted.redirect_to)}
    else:
        document = compact(
            {
                "IndexDocument": {"Suffix": wanted.index},
                "ErrorDocument": None if wanted.error is None else {"Key": wanted.error},
                "RoutingRules": [_row_of(rule) for rule in wanted.rules] or None,
            }
        )
    bucket.cloud.invoke(
        S3, "put_bucket_website", {**bucket_address(bucket), "WebsiteConfiguration": document}, about=bucket
    )


def website_url(bucket: BucketAddress) -> str:
    """Where the web site is: an address of the bucket's region, over HTTP."""
    if bucket.cloud.has_custom_endpoint:
        raise InvalidRequest(
            "where another server than AWS serves web pages is for it to say", resource=str(bucket)
        )
    region = bucket.region
    joint = "-" if region in WEBSITE_DASH_REGIONS else "."
    suffix = DNS_SUFFIXES.get(bucket.cloud.in_region(region).partition, DNS_SUFFIXES[AWS])
    return f"http://{bucket.name}.s3-website{joint}{region}.{suffix}"


def _host_of(url: str) -> dict[str, str]:
    """A host as S3 names it; without a scheme, that of the request stays."""
    scheme, separator, host = url.rpartition("://")
    split = urlsplit(f"//{host}")
    if not split.hostname or split.path or split.query or (separator and scheme not in _SCHEMES):
        raise InvalidRequest(f"{url!r} names no host", hint="such as 'https://example.com'")
    return {"HostName": host, "Protocol": scheme} if scheme else {"HostName": host}


def _url_of(row: Mapping[str, str]) -> str | None:
    host = row.get("HostName")
    if host is None:
        return None
    return f"{row['Protocol']}://{host}" if row.get("Protocol") else host


def _row_of(rule: RoutingRule) -> dict[str, Any]:
    condition = compact(
        {
            "KeyPrefixEquals": rule.prefix,
            "HttpErrorCodeReturnedEquals": None if rule.error is None else str(rule.error),
        }
    )
    redirect = compact(
        {
            **({} if rule.to is None else _host_of(rule.to)),
            "ReplaceKeyPrefixWith": rule.replace_prefix,
            "ReplaceKeyWith": rule.replace_key,
            "HttpRedirectCode": None if rule.status is None else str(rule.status),
        }
    )
    return {"Condition": condition, "Redirect": redirect} if condition else {"Redirect": redirect}


def _rule_of(row: Mapping[str, Any]) -> RoutingRule:
    condition: Mapping[str, str] = row.get("Condition") or {}
    redirect: Mapping[str, str] = row.get("Redirect") or {}
    error, status = condition.get("HttpErrorCodeReturnedEquals"), redirect.get("HttpRedirectCode")
    return RoutingRule(
        prefix=condition.get("KeyPrefixEquals"),
        error=None if error is None else int(error),
        to=_url_of(redirect),
        replace_prefix=redirect.get("ReplaceKeyPrefixWith"),
        replace_key=redirect.get("ReplaceKeyWith"),
        status=None if status is None else int(status),
    )
