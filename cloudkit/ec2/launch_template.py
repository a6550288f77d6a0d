"""A launch template: what instances are launched with, kept at AWS in versions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import as_text, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._limits import (
    MAX_TEMPLATE_NAME_CHARACTERS,
    MAX_TEMPLATE_TEXT_CHARACTERS,
    MAX_TEMPLATES_PER_PAGE,
    MIN_TEMPLATE_NAME_CHARACTERS,
)
from cloudkit.ec2._search import TagFilter, Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import tag_specifications, tags_of
from cloudkit.ec2._templates import versions
from cloudkit.ec2._templates.data import TemplateOptions, TemplateVersion, template_data, version_of, warn_of
from cloudkit.ec2._templates.versions import Version
from cloudkit.ec2.errors import LaunchTemplateNotFound
from cloudkit.types import Answer, TagMap


@define(eq=False, repr=False)
class LaunchTemplate(Resource):
    """A launch template, by its id. Making one calls nothing.

    Args:
        id: Such as `"lt-0123456789abcdef0"`; `LaunchTemplate.find(name=...)` finds it by name.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> template = LaunchTemplate.create("worker", image="al2023", type="t4g.small")
        >>> template.create_version(base=1, type="t4g.medium", default=True).number
        2
        >>> template.default_version
        2

    AWS: none
    """

    _service = EC2
    _shown = ("LaunchTemplateName",)

    id: str = field()

    name: ClassVar[Attribute[str]] = attribute("LaunchTemplateName", str)
    default_version: ClassVar[Attribute[int]] = attribute("DefaultVersionNumber", int)
    latest_version: ClassVar[Attribute[int]] = attribute("LatestVersionNumber", int)
    created: ClassVar[Attribute[datetime]] = attribute("CreateTime", datetime)
    created_by: ClassVar[Attribute[str | None]] = attribute("CreatedBy", str, optional=True)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its own tags, written through as they are set; not those of the instances."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        description: str | None = None,
        template_tags: TagMap | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[TemplateOptions],
    ) -> Self:
        """Keep what instances are launched with. One request, and one more for an image by everyday name.

        IMDSv2 is required, as for a launch. The call carries a token, so that a repeated request makes nothing twice. AWS
        keeps what nothing can be launched with, too: then there is a warning.

        Args:
            name: 3 to 128 characters.
            description: Of the first version, up to 255 characters.
            template_tags: Tags of the template itself.
            cloud: Where to keep it. Default: the current Cloud.
            **options: What it says, as `TemplateOptions`: `image`, `type`, `key`, `security_groups`, `user_data`,
                `tags` and `instance_name` of the instances, `subnet`, `zone`, `public_ip`, `instance_profile`, `root`,
                `volumes`, `spot`, `protect`, `hibernation`, `aws`; they mean what they mean for `Instance.launch`.

        Returns:
            The template.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: EC2 takes no such name or option.

        Examples:
            >>> LaunchTemplate.create("web", image="al2023", type="t3.micro", tags={"team": "web"}).latest_version
            1

        AWS: ec2:CreateLaunchTemplate, ssm:GetParameter
        """
        cloud = cloud_or_current(cloud)
        answer = cloud.invoke(
            EC2,
            "create_launch_template",
            {
                "LaunchTemplateName": as_text(
                    "name", name, MIN_TEMPLATE_NAME_CHARACTERS, MAX_TEMPLATE_NAME_CHARACTERS
                ),
                "VersionDescription": _checked_text(description),
                "LaunchTemplateData": template_data(options, cloud, whole=True),
                "TagSpecifications": tag_specifications(["launch-template"], template_tags),
                "ClientToken": uuid.uuid4().hex,
            },
            about=name,
        )
        warn_of(answer)
        row = answer["LaunchTemplate"]
        cloud.remember(row["LaunchTemplateId"], LaunchTemplateNotFound)
        return cls(row["LaunchTemplateId"], cloud=cloud)._learn(row, whole=False)

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find a launch template by its id. One request.

        Args:
            id: Such as `"lt-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The template, loaded.

        Raises:
            LaunchTemplateNotFound: There is none.

        Examples:
            >>> LaunchTemplate.get(template.id).name
            'batch'

        AWS: ec2:DescribeLaunchTemplates
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls, *, name: Wanted = None, tags: TagFilter | None = None, cloud: Cloud | None = None
    ) -> Listing[Self]:
        """The launch templates of the region. One request for each 200.

        Args:
            name: Their name, or several; `*` stands for any text.
            tags: Tags of their own; `"*"` for any value.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The templates, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [each.name for each in LaunchTemplate.list(name="batch")]
            ['batch']

        AWS: ec2:DescribeLaunchTemplates
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_launch_templates",
            "LaunchTemplates",
            lambda row: cls(row["LaunchTemplateId"], cloud=cloud)._learn(row, whole=True),
            of="LaunchTemplate",
            filters={"launch-template-name": name},
            tags=tags,
            page_rows=(1, MAX_TEMPLATES_PER_PAGE),
            MaxResults=MAX_TEMPLATES_PER_PAGE,
        )

    @classmethod
    def find(
        cls, *, name: Wanted = None, tags: TagFilter | None = None, cloud: Cloud | None = None
    ) -> Self | None:
        """Find the first launch template that matches. One request.

        Args:
            name: Its name; `*` stands for any text.
            tags: Tags of its own.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The template, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> LaunchTemplate.find(name="batch") == template
            True

        AWS: ec2:DescribeLaunchTemplates
        """
        return cls.list(name=name, tags=tags, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_launch_templates", LaunchTemplateIds=[self.id])
        return only(answer["LaunchTemplates"], LaunchTemplateNotFound, "DescribeLaunchTemplates", self)

    # -- versions --------------------------------------------------------------------------------------------

    def create_version(
        self,
        *,
        base: Version | None = None,
        description: str | None = None,
        default: bool = False,
        **options: Unpack[TemplateOptions],
    ) -> TemplateVersion:
        """Add a version, which cannot be changed after. One request, one more to make it the default.

        Args:
            base: The version whose settings it takes over where it has none. Default: it says all itself.
            description: Up to 255 characters.
            default: Whether it is launched from now on if no version is named.
            **options: What it says, as in `create`.

        Returns:
            The version.

        Raises:
            LaunchTemplateNotFound: The template, or that version of it, is not there.
            InvalidRequest: EC2 takes no such option.

        Examples:
            >>> template.create_version(base="latest", type="t3.large").type
            't3.large'

        AWS: ec2:CreateLaunchTemplateVersion, ec2:ModifyLaunchTemplate, ssm:GetParameter
        """
        answer = self._call(
            "create_launch_template_version",
            LaunchTemplateId=self.id,
            SourceVersion=None if base is None else versions.spelled(base),
            VersionDescription=_checked_text(description),
            LaunchTemplateData=template_data(options, self.cloud, whole=base is None),
            ClientToken=uuid.uuid4().hex,
        )
        self._unlearn()
        warn_of(answer)
        made = version_of(answer["LaunchTemplateVersion"])
        if default:
            self.update(default_version=made.number)
        return made

    def version(self, version: Version = "default") -> TemplateVersion:
        """What a version says. One request.

        Args:
            version: Its number, `"default"` or `"latest"`.

        Returns:
            The version.

        Raises:
            LaunchTemplateNotFound: The template, or that version of it, is not there.
            InvalidRequest: That is no version.

        Examples:
            >>> template.version(1).type
            't3.micro'

        AWS: ec2:DescribeLaunchTemplateVersions
        """
        answer = self._call(
            "describe_launch_template_versions",
            LaunchTemplateId=self.id,
            Versions=[versions.spelled(version)],
        )
        rows = answer["LaunchTemplateVersions"]
        return version_of(only(rows, LaunchTemplateNotFound, "DescribeLaunchTemplateVersions", self))

    def versions(self) -> Listing[TemplateVersion]:
        """All its versions. One request for each 200.

        Returns:
            The versions.

        Raises:
            LaunchTemplateNotFound: It is not there.

        Examples:
            >>> [each.number for each in template.versions()]
            [1]

        AWS: ec2:DescribeLaunchTemplateVersions
        """
        return paged(
            self.cloud,
            EC2,
            "describe_launch_template_versions",
            "LaunchTemplateVersions",
            version_of,
            of="TemplateVersion",
            about=self,
            LaunchTemplateId=self.id,
            MaxResults=MAX_TEMPLATES_PER_PAGE,
        )

    def delete_versions(self, numbers: Iterable[int]) -> None:
        """Take versions away; fine for those that are not there. One request for each 200.

        Args:
            numbers: Their numbers; the default version stays, so it is not among them.

        Raises:
            BatchError: Some could not be deleted; `.failed` says which and why.
            InvalidRequest: That is no number of a version.

        Examples:
            >>> template.delete_versions([])

        AWS: ec2:DeleteLaunchTemplateVersions
        """
        versions.delete(self, numbers)
        self._unlearn()

    def update(self, *, default_version: int) -> Self:
        """Choose the version that is launched if none is named. One request.

        Args:
            default_version: Its number.

        Returns:
            The template itself.

        Raises:
            LaunchTemplateNotFound: The template, or that version of it, is not there.

        Examples:
            >>> template.update(default_version=1).default_version
            1

        AWS: ec2:ModifyLaunchTemplate
        """
        answer = self._call(
            "modify_launch_template",
            LaunchTemplateId=self.id,
            DefaultVersion=versions.spelled(default_version),
        )
        return self._learn(answer["LaunchTemplate"], whole=False)

    def specification(self, version: Version = "default") -> Mapping[str, Any]:
        """What names it in a launch, in AWS's form. No request.

        Args:
            version: Its number, `"default"` or `"latest"`.

        Returns:
            `LaunchTemplate` of RunInstances, as boto3 takes it.

        Raises:
            InvalidRequest: That is no version.

        Examples:
            >>> template.specification("latest")["Version"]
            '$Latest'

        AWS: none
        """
        return {"LaunchTemplateId": self.id, "Version": versions.spelled(version)}

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete it with all its versions; fine if it is gone. One request. Instances go on.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> LaunchTemplate.create("temporary", type="t3.micro").delete()

        AWS: ec2:DeleteLaunchTemplate
        """
        with suppress(LaunchTemplateNotFound):
            self._call("delete_launch_template", LaunchTemplateId=self.id)
        self.cloud.forget(self.id)
        self._unlearn()


def _checked_text(description: str | None) -> str | None:
    return (
        None if description is None else as_text("description", description, 0, MAX_TEMPLATE_TEXT_CHARACTERS)
    )
