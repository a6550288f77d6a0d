"""A server certificate in IAM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import tag_list
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import checked_tags
from cloudkit.elb._certificates.pem import Bundle, Pem, bundle_of, facts_of_pem, same_certificate
from cloudkit.elb._certificates.services import IAM
from cloudkit.elb._limits import MAX_CERTIFICATE_NAME_CHARACTERS
from cloudkit.elb.errors import CertificateNotFound
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest, NotFound
from cloudkit.types import Answer, TagMap

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_META = "ServerCertificateMetadata"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > MAX_CERTIFICATE_NAME_CHARACTERS:
        raise InvalidRequest(
            f"server certificate {name!r}: its name has 1 to {MAX_CERTIFICATE_NAME_CHARACTERS} letters, digits and any"
            " of _ + = , . @ -"
        )
    return name


@define(eq=False, repr=False)
class ServerCertificate(Resource):
    """A server certificate in IAM, by its name: one of your own, from files. Making one calls nothing.

    Listeners take it as `certificate=`. For those that ACM can issue, ACM's are better: it renews them.

    Args:
        name: Its name.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: A name that AWS does not take.

    Examples:
        >>> ServerCertificate("shop")
        <ServerCertificate shop>

    AWS: none
    """

    _service = IAM
    _boto3_name = "ServerCertificate"

    name: str = field(converter=_checked)

    _known_arn: ClassVar[Attribute[str]] = attribute(f"{_META}.Arn", str)
    id: ClassVar[Attribute[str]] = attribute(f"{_META}.ServerCertificateId", str)
    path: ClassVar[Attribute[str]] = attribute(f"{_META}.Path", str)
    uploaded: ClassVar[Attribute[datetime | None]] = attribute(f"{_META}.UploadDate", datetime, optional=True)
    body: ClassVar[Attribute[str]] = attribute("CertificateBody", str)
    chain: ClassVar[Attribute[str | None]] = attribute("CertificateChain", str, optional=True)

    @property
    def arn(self) -> str:
        """The Amazon Resource Name. Loaded once."""
        return self._known_arn

    @property
    def expires(self) -> datetime:
        """Until when it is valid, as the certificate itself says. Loaded once; needs the extra `tls`."""
        return facts_of_pem(self.body).ends

    @property
    def names(self) -> tuple[str, ...]:
        """The domain names that it is for, as the certificate itself says. Loaded once; needs the extra `tls`."""
        return facts_of_pem(self.body).names

    @classmethod
    def create(
        cls,
        name: str,
        *,
        certificate: Pem,
        private_key: Pem,
        chain: Pem | None = None,
        path: str | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Upload a certificate with its private key. One request.

        What AWS would refuse is found before: damaged files, a chain in the wrong order, a key with a password or of
        another certificate. The key is in no error, no `repr` and no log. Needs the extra `tls`.

        Args:
            name: 1 to 128 letters, digits and any of `_ + = , . @ -`.
            certificate: The certificate as PEM: text, bytes, or the `Path` of a file. What stands behind it in the
                file, as in certbot's `fullchain.pem`, is taken for the chain.
            private_key: Its private key, without a password.
            chain: Those that vouch for it: the one that signed it first, then upwards.
            path: IAM's path, such as `"/cloudfront/"`. Default: `"/"`.
            tags: Its tags.
            aws: More parameters of UploadServerCertificate, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The server certificate.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: Files that do not hold what they should.
            LimitExceeded: The account has all the server certificates that it may have.
            MissingExtra: `tls` is not installed.

        Examples:
            >>> made = ServerCertificate.create("shop-2", certificate=certificate_pem, private_key=key_pem)
            >>> made.names
            ('shop.example.com',)

        AWS: iam:UploadServerCertificate, iam:GetServerCertificate
        """
        made = cls(name, cloud=cloud)
        bundle = bundle_of(certificate, private_key, chain)
        try:
            row = made._upload(bundle, path=path, tags=tags, aws=aws)
        except AlreadyExists as error:
            # The answer to an earlier try may have been lost.
            if error.attempts == 1 or not made._is(bundle):
                raise
        else:
            made.cloud.remember(made.name, CertificateNotFound)
            made.cloud.remember(row["Arn"], CertificateNotFound)
            made._learn(
                {
                    _META: row,
                    "CertificateBody": bundle.certificate,
                    **({"CertificateChain": bundle.chain} if bundle.chain else {}),
                },
                whole=True,
            )
        return made

    def _upload(
        self, bundle: Bundle, *, path: str | None, tags: TagMap | None, aws: Mapping[str, Any] | None
    ) -> Answer:
        answer = self._call(
            "upload_server_certificate",
            aws=aws,
            ServerCertificateName=self.name,
            CertificateBody=bundle.certificate,
            PrivateKey=bundle.private_key,
            CertificateChain=bundle.chain,
            Path=path,
            Tags=tag_list(checked_tags(tags or {})),
        )
        row: Answer = answer[_META]
        return row

    def _is(self, bundle: Bundle) -> bool:
        """Whether what is there is this certificate."""
        return same_certificate(self.refresh().body, bundle.certificate)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        certificate: Pem,
        private_key: Pem,
        chain: Pem | None = None,
        path: str | None = None,
        tags: TagMap | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take the server certificate of that name, or upload it; safe to repeat. One or two requests.

        Args:
            name: As in `create`.
            certificate: As in `create`.
            private_key: As in `create`.
            chain: As in `create`.
            path: For one that is made: as in `create`.
            tags: For one that is made: as in `create`.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The server certificate.

        Raises:
            Conflict: The name has another certificate, which AWS cannot change: a new one needs a new name.
            InvalidRequest: As in `create`.

        Examples:
            >>> again = ServerCertificate.ensure("shop", certificate=certificate_pem, private_key=key_pem)
            >>> again == ServerCertificate("shop")
            True

        AWS: iam:GetServerCertificate, iam:UploadServerCertificate
        """
        wanted = cls(name, cloud=cloud)
        bundle = bundle_of(certificate, private_key, chain)
        if not wanted.exists():
            with suppress(AlreadyExists):  # by another process, in between
                return cls.create(
                    name,
                    certificate=certificate,
                    private_key=private_key,
                    chain=chain,
                    path=path,
                    tags=tags,
                    cloud=wanted.cloud,
                )
            wanted.refresh()
        if not same_certificate(wanted.body, bundle.certificate):
            raise Conflict(
                f"the name has another certificate, for {', '.join(wanted.names)} until {wanted.expires:%Y-%m-%d}",
                service="iam",
                resource=name,
                hint=f"a new certificate needs a new name: {name}-{bundle.facts.ends:%Y-%m-%d}",
            )
        return wanted

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a server certificate by its name. One request.

        Args:
            name: Its name.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The server certificate, loaded.

        Raises:
            CertificateNotFound: There is none.

        Examples:
            >>> ServerCertificate.get("shop").names
            ('shop.example.com',)

        AWS: iam:GetServerCertificate
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(cls, *, name: str = "*", cloud: Cloud | None = None) -> Listing[Self]:
        """The server certificates of the account. One request for each 100.

        Args:
            name: A pattern that their names match, such as `"shop-*"`.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The server certificates; their bodies load when they are read.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [each.name for each in ServerCertificate.list(name="sh*")]
            ['shop']

        AWS: iam:ListServerCertificates
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            IAM,
            "list_server_certificates",
            "ServerCertificateMetadataList",
            lambda row: cls(row["ServerCertificateName"], cloud=cloud)._learn({_META: row}, whole=False),
            of="ServerCertificate",
            keep=lambda each: fnmatchcase(each.name, name),
        )

    @classmethod
    def find(cls, name: str = "*", *, cloud: Cloud | None = None) -> Self | None:
        """The first server certificate whose name matches. One request for each 100 looked through.

        Args:
            name: A pattern, such as `"shop-*"`.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The server certificate, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> ServerCertificate.find("nothing-*") is None
            True

        AWS: iam:ListServerCertificates
        """
        return cls.list(name=name, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        found: Answer = self._call("get_server_certificate", ServerCertificateName=self.name)[
            "ServerCertificate"
        ]
        return found

    def delete(self) -> None:
        """Delete it, with its private key; fine if it is not there. One request.

        Take it off its listeners first: AWS does not always notice that one still uses it, which then stops serving.

        Raises:
            Conflict: A load balancer uses it, as far as AWS notices.

        Examples:
            >>> ServerCertificate("shop").delete()

        AWS: iam:DeleteServerCertificate
        """
        self.cloud.forget(self.name)
        with suppress(NotFound):
            self._call("delete_server_certificate", ServerCertificateName=self.name)
        self._unlearn()
