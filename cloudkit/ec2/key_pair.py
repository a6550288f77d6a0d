"""A key pair for logging in to instances."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from attrs import define, evolve, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import as_text, one_of, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._keys.public_key import (
    PublicKey,
    fingerprint_of,
    read_public_key,
    same_fingerprint,
    same_key,
)
from cloudkit.ec2._keys.secret import Secret
from cloudkit.ec2._limits import MAX_KEY_NAME_CHARACTERS
from cloudkit.ec2._once import Made, make_once
from cloudkit.ec2._search import TagFilter, Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import tags_of
from cloudkit.ec2.errors import KeyPairNotFound
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Answer, OpenEnum, TagMap


class KeyType(OpenEnum):
    """The kinds of keys that EC2 makes."""

    ED25519 = "ed25519"
    RSA = "rsa"


# What open() cannot say: the file is new, no link is followed, and nobody else ever reads it.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_OWNER_ONLY = 0o600

_IMPORTED = Made(
    "key-pair",
    "describe_key_pairs",
    "KeyPairs",
    "KeyPairId",
    lambda cloud, row: KeyPair(row["KeyName"], cloud=cloud).delete(),
    unique=True,
)
# The private half of one whose answer was lost is lost too.
_CREATED = evolve(_IMPORTED, anew=True)


@define(eq=False, repr=False)
class KeyPair(Resource):
    """A key pair, by its name. Making one calls nothing.

    AWS keeps the public half alone. The object that `create` gives holds the private half, for `save`; it does not
    show it, and copies and pickles of it go without.

    Args:
        name: The name.
        cloud: Where it is kept. Default: the current Cloud.

    Examples:
        >>> KeyPair("laptop").type
        <KeyType.ED25519: 'ed25519'>

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "KeyPair"

    name: str = field()
    _secret: Secret | None = field(init=False, default=None)

    id: ClassVar[Attribute[str]] = attribute("KeyPairId", str)
    type: ClassVar[Attribute[KeyType]] = attribute("KeyType", KeyType)
    fingerprint: ClassVar[Attribute[str]] = attribute("KeyFingerprint", str)
    public_key: ClassVar[Attribute[str]] = attribute("PublicKey", str)
    created: ClassVar[Attribute[datetime | None]] = attribute("CreateTime", datetime, optional=True)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        type: KeyType | str = KeyType.ED25519,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Let AWS make a key pair. One request. `save` the result: AWS gives the private half only this once.

        A token among its tags, which `tags` does not show, tells what a repeated request has made: a pair whose answer
        got lost is of no use to anybody, and is deleted and made anew, once.

        Args:
            name: 1 to 255 characters.
            type: `"ed25519"`, or `"rsa"`, which Windows needs.
            tags: Its tags.
            aws: More parameters of CreateKeyPair, as boto3 takes them.
            cloud: Where to keep it. Default: the current Cloud.

        Returns:
            The key pair, with its private half.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: There is no such type.

        Examples:
            >>> KeyPair.create("deploy").save("deploy.pem").name
            'deploy.pem'

        AWS: ec2:CreateKeyPair
        """
        pair = cls(_checked_name(name), cloud=cloud)
        params = {
            "KeyName": name,
            "KeyType": one_of("type", str(type), [str(each) for each in KeyType]),
        }
        answer = make_once(pair.cloud, _CREATED, "create_key_pair", params, tags=tags, aws=aws, about=pair)
        # Taken out of the answer at once, so that no one who keeps or shows the answer has it.
        pair._secret = Secret(answer.pop("KeyMaterial"))
        return pair._made(answer)

    @classmethod
    def import_key(
        cls,
        name: str,
        public: PublicKey,
        *,
        tags: TagMap | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Give AWS the public half of a key of your own. One request.

        Args:
            name: 1 to 255 characters.
            public: The key as a text that begins with `ssh-ed25519` or `ssh-rsa`, or the `.pub` file that holds it.
            tags: Its tags.
            cloud: Where to keep it. Default: the current Cloud.

        Returns:
            The key pair.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: That is no such key, or it is the private half; nothing was sent.
            FileNotFoundError: There is no such file.

        Examples:
            >>> KeyPair.import_key("me", "id_ed25519.pub")
            <KeyPair me>

        AWS: ec2:ImportKeyPair
        """
        pair = cls(_checked_name(name), cloud=cloud)
        params = {"KeyName": name, "PublicKeyMaterial": read_public_key(public).encode()}
        answer = make_once(pair.cloud, _IMPORTED, "import_key_pair", params, tags=tags, about=pair)
        return pair._made(answer)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        public: PublicKey | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take the key pair, or make it if it is not there; safe to repeat. One to four requests.

        Args:
            name: 1 to 255 characters.
            public: The public half that it must have, as in `import_key`. Default: any; AWS makes a new one.
            update: Whether to put `public` in the place of another key of that name. Instances that run keep theirs.
            cloud: Where it is kept. Default: the current Cloud.

        Returns:
            The key pair; with its private half only if AWS made it just now.

        Raises:
            Conflict: The name has another key, and `update` is not given; or the server tells of an RSA key that it
                has made itself nothing to compare.

        Examples:
            >>> KeyPair.ensure("laptop")
            <KeyPair laptop>

        AWS: ec2:DescribeKeyPairs, ec2:CreateKeyPair, ec2:ImportKeyPair, ec2:DeleteKeyPair
        """
        text = None if public is None else read_public_key(public)
        pair = cls(_checked_name(name), cloud=cloud)
        if not pair.exists():
            try:
                return pair._new(text)
            except AlreadyExists:
                pair.refresh()  # made by another process in between
        if text is not None and not pair._is(text):
            if not update:
                raise Conflict(
                    f"its key is another one, of fingerprint {pair.fingerprint}",
                    service="ec2",
                    resource=name,
                    hint="update=True puts this one in its place; instances that run keep theirs",
                )
            pair.delete()
            return pair._new(text)
        return pair

    def _is(self, public: str) -> bool:
        """Whether that is its public half; by the fingerprint, where the server does not show it."""
        shown = self._known("PublicKey")
        if shown:
            return same_key(str(shown)) == same_key(public)
        return same_fingerprint(self.fingerprint, fingerprint_of(public))

    def _new(self, public: str | None) -> Self:
        if public is None:
            return self.create(self.name, cloud=self.cloud)
        return self.import_key(self.name, public, cloud=self.cloud)

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a key pair by name. One request.

        Args:
            name: The name.
            cloud: Where it is kept. Default: the current Cloud.

        Returns:
            The key pair, loaded, without its private half.

        Raises:
            KeyPairNotFound: There is none.

        Examples:
            >>> KeyPair.get("laptop").tags["team"]
            'web'

        AWS: ec2:DescribeKeyPairs
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(
        cls, *, name: Wanted = None, tags: TagFilter | None = None, cloud: Cloud | None = None
    ) -> Listing[Self]:
        """The key pairs of the region. One request.

        Args:
            name: Their name, or several; `*` stands for any text.
            tags: Tags that they have; `"*"` for any value.
            cloud: Where they are kept. Default: the current Cloud.

        Returns:
            The key pairs.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> KeyPair.list(name="lap*").to_list()
            [<KeyPair laptop>]

        AWS: ec2:DescribeKeyPairs
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_key_pairs",
            "KeyPairs",
            lambda row: cls(row["KeyName"], cloud=cloud)._learn(row, whole=True),
            of="KeyPair",
            filters={"key-name": name},
            tags=tags,
            IncludePublicKey=True,
        )

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_key_pairs", KeyNames=[self.name], IncludePublicKey=True)
        return only(answer["KeyPairs"], KeyPairNotFound, "DescribeKeyPairs", self)

    def _made(self, answer: Mapping[str, Any]) -> Self:
        self.cloud.remember(self.name, KeyPairNotFound)
        return self._learn(answer, whole=False)

    def copy_to(self, region: str, *, name: str | None = None, update: bool = False) -> Self:
        """Give AWS the public half in another region too; fine if it is there. Two or three requests.

        Args:
            region: Such as `"eu-west-1"`.
            name: Its name there. Default: the same.
            update: Whether to put it in the place of another key of that name there.

        Returns:
            The key pair there.

        Raises:
            Conflict: The name has another key there, and `update` is not given.
            KeyPairNotFound: It is not there.

        Examples:
            >>> KeyPair("laptop").copy_to("eu-west-1").fingerprint == KeyPair("laptop").fingerprint
            True

        AWS: ec2:DescribeKeyPairs, ec2:ImportKeyPair, ec2:DeleteKeyPair
        """
        public, there = self.public_key, self.cloud.in_region(region)
        return type(self).ensure(
            self.name if name is None else name, public=public, update=update, cloud=there
        )

    # -- the private half ------------------------------------------------------------------------------------

    @property
    def private_key(self) -> str:
        """The private half in PEM form, which only the object that `create` gave has."""
        if self._secret is None:
            raise InvalidRequest(
                "its private half is not here: AWS gives it only once, when it makes the pair",
                service="ec2",
                resource=self.name,
                hint="use the file that it was saved to, or make a new pair",
            )
        return self._secret.reveal()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the private half to a new file that only its owner can read. No request.

        Args:
            path: The file; or a folder that is there, for `<name>.pem` in it. `~` is your home.

        Returns:
            The file.

        Raises:
            FileExistsError: Something of that name is there, be it a link. Nothing is ever overwritten.
            InvalidRequest: The private half is not here, or the name cannot be a file's.

        Examples:
            >>> KeyPair.create("builder").save(".").name
            'builder.pem'

        AWS: none
        """
        material = self.private_key
        target = Path(path).expanduser()
        if target.is_dir():
            target /= self._file_name()
        handle = os.open(target, _NEW_FILE, _OWNER_ONLY)
        try:
            with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
                file.write(material)
                file.flush()
                os.fsync(handle)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target

    def _file_name(self) -> str:
        if self.name != Path(self.name).name or "\\" in self.name or "\0" in self.name:
            raise InvalidRequest(
                f"{self.name!r} is no name of a file", hint="give save() a file in place of a folder"
            )
        return f"{self.name}.pem"

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete it from AWS; fine if it is not there. One request. Instances that run keep their key.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> KeyPair("laptop").delete()

        AWS: ec2:DeleteKeyPair
        """
        with suppress(KeyPairNotFound):
            self._call("delete_key_pair", KeyName=self.name)
        self.cloud.forget(self.name)
        self._unlearn()


def _checked_name(name: str) -> str:
    return as_text("name", name, 1, MAX_KEY_NAME_CHARACTERS)
