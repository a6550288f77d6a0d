from __future__ import annotations

from cloudkit.elb._tagging import tags_at, tags_of_many
from tests.elb import answers
from tests.elb.answers import GROUP_ARN
from tests.faults import FaultServer, Reply, Request


def test_many_are_asked_for_in_twenties(faults: FaultServer) -> None:
    def reply(request: Request) -> Reply:
        asked = [value for name, value in request.form.items() if name.startswith("ResourceArns")]
        rows = "".join(
            f"<member><ResourceArn>{arn}</ResourceArn><Tags><member><Key>k</Key><Value>{arn}</Value></member></Tags>"
            "</member>"
            for arn in asked
        )
        return answers.answer("DescribeTags", f"<TagDescriptions>{rows}</TagDescriptions>")

    faults.otherwise(reply)
    arns = [f"arn-{number}" for number in range(45)]
    assert tags_of_many(faults.cloud(), arns) == {arn: {"k": arn} for arn in arns}
    sizes = [sum("ResourceArns" in name for name in request.form) for request in faults.requests]
    assert sizes == [20, 20, 5]
    assert tags_of_many(faults.cloud(), []) == {}


def test_reading_and_writing_are_a_request_each(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTags=[answers.tagged(GROUP_ARN, "team", "web")],
        AddTags=[answers.answer("AddTags")],
        RemoveTags=[answers.answer("RemoveTags")],
    )
    tags = tags_at(cloud, lambda use: use(GROUP_ARN))
    assert dict(tags) == {"team": "web"}
    tags["stage"] = "test"
    tags.discard(["team", "owner"])
    assert faults.operations == ["DescribeTags", "AddTags", "RemoveTags"]
    assert faults.requests[1].form["Tags.member.1.Key"] == "stage"
    assert faults.requests[2].form["TagKeys.member.2"] == "owner"
