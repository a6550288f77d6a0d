"""What IAM and ACM call things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.elb.errors import CertificateNotFound
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest, LimitExceeded

IAM = Service(
    "iam",
    has_boto3_resource=True,
    errors={
        "GetServerCertificate:NoSuchEntity": CertificateNotFound,
        "DeleteServerCertificate:NoSuchEntity": CertificateNotFound,
        "TagServerCertificate:NoSuchEntity": CertificateNotFound,
        "UntagServerCertificate:NoSuchEntity": CertificateNotFound,
        "ListServerCertificateTags:NoSuchEntity": CertificateNotFound,
        "EntityAlreadyExists": AlreadyExists,
        "LimitExceeded": LimitExceeded,
        "DeleteConflict": Conflict,
        "MalformedCertificate": InvalidRequest,
        "KeyPairMismatch": InvalidRequest,
        "InvalidInput": InvalidRequest,
    },
    hints={
        "GetServerCertificate:NoSuchEntity": "ServerCertificate.list() shows those of this account",
        "UploadServerCertificate:EntityAlreadyExists": (
            "ServerCertificate.ensure(name, ...) takes what is there if it is the same certificate; a new one needs"
            " another name"
        ),
        "UploadServerCertificate:LimitExceeded": (
            "IAM holds 20 server certificates: delete those that have ended, or let ACM hold them"
        ),
        "MalformedCertificate": "the chain goes from the one that signed the certificate upwards, without the root",
        "KeyPairMismatch": "the private key belongs to another certificate",
        "DeleteServerCertificate:DeleteConflict": (
            "a listener still uses it: listener.update(certificate=...) or listener.certificates.remove(...) first"
        ),
    },
)

ACM = Service(
    "acm",
    errors={
        "ResourceNotFoundException": CertificateNotFound,
        "ResourceInUseException": Conflict,
        "InvalidArnException": InvalidRequest,
    },
    hints={
        "ResourceNotFoundException": "Certificate.list() shows those of this region: ACM's are in one region each",
        "ResourceInUseException": "a listener still uses it: listener.update(certificate=...) first",
    },
)
