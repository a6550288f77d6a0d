"""Secrets stay out of the logs: botocore's at DEBUG hold session tokens, new private keys and user data."""

from __future__ import annotations

import logging
import re

from typing_extensions import override

_HIDDEN = "***"

# The loggers that write requests, headers and answers. A filter counts for its own logger alone, not for those below.
_LOGGERS = (
    "botocore.auth",
    "botocore.awsrequest",
    "botocore.client",
    "botocore.endpoint",
    "botocore.hooks",
    "botocore.httpsession",
    "botocore.parsers",
    "botocore.utils",
    "urllib3.connectionpool",
)

_NAMES = (
    r"x-amz-security-token|SecretAccessKey|SessionToken|keyMaterial|PrivateKey|UserData|ExternalId|SSECustomerKey"
    r"|server-side-encryption-customer-key"
    # What confirms a subscription of SNS's, and no NextToken or ClientToken.
    r"|(?<![A-Za-z])Token"
)
_PATTERNS = (
    # <SecretAccessKey>...</SecretAccessKey>
    (re.compile(rf"(<({_NAMES})>).*?(</\2>)", re.I | re.S), rf"\1{_HIDDEN}\3"),
    # 'UserData': '...', "SessionToken": "...", 'X-Amz-Security-Token': b'...'
    (re.compile(rf"((?:{_NAMES})['\"]?\s*[:=]\s*b?)(['\"]).*?\2", re.I | re.S), rf"\1\2{_HIDDEN}\2"),
    # x-amz-security-token:... in a canonical request, X-Amz-Security-Token=... in an address
    (re.compile(rf"((?:{_NAMES})\s*[:=])[^\s&'\"]+", re.I), rf"\1{_HIDDEN}"),
    # X-Amz-Signature=... in an address, Signature: and the rest on the next line where botocore makes it
    (re.compile(r"(Signature(?:=|:\s*(?=[0-9a-f]{40})))[0-9a-f]+", re.I), rf"\1{_HIDDEN}"),
)


def redacted(text: str) -> str:
    """The text with its secrets hidden."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class _Redact(logging.Filter):
    """Hides secrets in what is logged. Costs nothing unless the record is written at all."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        hidden = redacted(text)
        if hidden != text:
            record.msg, record.args = hidden, ()
        return True


_filter = _Redact()


def keep_secrets_out_of_logs() -> None:
    """Put the filter on botocore's loggers; once is enough, and again does no harm."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
