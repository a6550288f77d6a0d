"""Tags of what has an ARN."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import tag_dict, tag_list
from cloudkit._core.tags import Tags
from cloudkit.elb._limits import MAX_ARNS_PER_DESCRIBE_TAGS
from cloudkit.elb._service import ELB, ELBV2
from cloudkit.types import Answer

AtArn = Callable[[Callable[[str], Answer]], Answer]
"""What makes a call at the ARN of one thing."""


def tags_at(cloud: Cloud, at_arn: AtArn) -> Tags:
    """The tags of one thing, written through as they are set."""

    def load() -> Mapping[str, str]:
        answer = at_arn(lambda arn: cloud.invoke(ELBV2, "describe_tags", {"ResourceArns": [arn]}, about=arn))
        return tag_dict(tag for row in answer["TagDescriptions"] for tag in row.get("Tags", []))

    def put(tags: Mapping[str, str]) -> Answer:
        return at_arn(
            lambda arn: cloud.invoke(
                ELBV2, "add_tags", {"ResourceArns": [arn], "Tags": tag_list(tags)}, about=arn
            )
        )

    def remove(keys: Sequence[str]) -> Answer:
        return at_arn(
            lambda arn: cloud.invoke(
                ELBV2, "remove_tags", {"ResourceArns": [arn], "TagKeys": list(keys)}, about=arn
            )
        )

    return Tags(load, put, remove)


def tags_of_many(cloud: Cloud, arns: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """The tags of many things, by ARN. One request for each 20."""
    return {
        str(row["ResourceArn"]): tag_dict(row.get("Tags"))
        for batch in split(arns, most=MAX_ARNS_PER_DESCRIBE_TAGS)
        for row in cloud.invoke(ELBV2, "describe_tags", {"ResourceArns": batch})["TagDescriptions"]
    }


def classic_tags(cloud: Cloud, name: str) -> Tags:
    """The tags of a classic load balancer, written through as they are set."""

    def load() -> Mapping[str, str]:
        answer = cloud.invoke(ELB, "describe_tags", {"LoadBalancerNames": [name]}, about=name)
        return tag_dict(tag for row in answer.get("TagDescriptions", []) for tag in row.get("Tags", []))

    def put(tags: Mapping[str, str]) -> Answer:
        return cloud.invoke(
            ELB, "add_tags", {"LoadBalancerNames": [name], "Tags": tag_list(tags)}, about=name
        )

    def remove(keys: Sequence[str]) -> Answer:
        given = [{"Key": key} for key in keys]
        return cloud.invoke(ELB, "remove_tags", {"LoadBalancerNames": [name], "Tags": given}, about=name)

    return Tags(load, put, remove)
