"""Lifecycle rules: what S3 is sent, and that the rules of others survive."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from cloudkit import Bucket
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.s3 import LifecycleRule
from cloudkit.s3.settings.lifecycle_rule import checked, row_of, rule_of
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.s3.settings.answers import Kept

THEIRS = (
    "<Rule><ID>theirs</ID><Filter><And><Prefix>logs/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag>"
    "<ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And></Filter><Status>Disabled</Status><Transition><Days>0</Days>"
    "<StorageClass>INTELLIGENT_TIERING</StorageClass></Transition><NoncurrentVersionTransition>"
    "<NoncurrentDays>3</NoncurrentDays><StorageClass>GLACIER</StorageClass><NewerNoncurrentVersions>2"
    "</NewerNoncurrentVersions></NoncurrentVersionTransition></Rule>"
)


def test_on_the_embedded_cloud(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("bucket"))
    assert list(bucket.lifecycle) == []
    assert not bucket.lifecycle
    rule = bucket.lifecycle.add(prefix="tmp/", expire=30)
    bucket.lifecycle.add(id="cold", transition={"GLACIER": 90}, expire=365)
    bucket.lifecycle.add(id="clean", abort_uploads=timedelta(days=7))
    assert [(each.id, each.prefix, each.expire, dict(each.transition)) for each in bucket.lifecycle] == [
        (rule.id, "tmp/", 30, {}),
        ("cold", "", 365, {"GLACIER": 90}),
        ("clean", "", None, {}),
    ]
    assert bucket.lifecycle.rules[2].abort_uploads == 7
    bucket.lifecycle.remove("cold")
    bucket.lifecycle.remove("cold")
    assert [each.id for each in bucket.lifecycle] == [rule.id, "clean"]
    bucket.lifecycle.remove(rule.id)
    bucket.lifecycle.remove("clean")
    assert len(list(bucket.lifecycle)) == 0
    bucket.lifecycle.add(expire=1)
    bucket.lifecycle.clear()
    bucket.lifecycle.clear()
    assert list(bucket.lifecycle) == []


def test_the_rules_of_others_stay_word_for_word(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "lifecycle"] = f"<LifecycleConfiguration>{THEIRS}</LifecycleConfiguration>"
    kept.headers["x-amz-transition-default-minimum-object-size"] = "varies_by_storage_class"
    rule = bucket.lifecycle.add(expire=30, prefix="tmp/")
    assert kept.rules("acme-photos", "lifecycle", "Rule")[0] == THEIRS
    assert [each.id for each in bucket.lifecycle] == ["theirs", rule.id]
    assert kept.headers == {"x-amz-transition-default-minimum-object-size": "varies_by_storage_class"}
    bucket.lifecycle.remove(rule.id)
    assert kept.rules("acme-photos", "lifecycle", "Rule") == [THEIRS]
    assert kept.headers == {"x-amz-transition-default-minimum-object-size": "varies_by_storage_class"}


def test_the_rules_of_others_can_be_read(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "lifecycle"] = f"<LifecycleConfiguration>{THEIRS}</LifecycleConfiguration>"
    (rule,) = bucket.lifecycle.rules
    assert rule == LifecycleRule(
        id="theirs",
        enabled=False,
        prefix="logs/",
        tags={"a": "b"},
        larger_than=5,
        transition={"INTELLIGENT_TIERING": 0},
        noncurrent_transition={"GLACIER": 3},
    )
    assert rule.raw["NoncurrentVersionTransitions"][0]["NewerNoncurrentVersions"] == 2


def test_rules_of_the_old_form_are_brought_to_the_new(bucket: Bucket, kept: Kept) -> None:
    # S3 refuses a mixture: "Filter element can only be used in Lifecycle V2".
    kept.found["acme-photos", "lifecycle"] = (
        "<LifecycleConfiguration><Rule><ID>old</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration>"
        "<Date>2030-01-01T00:00:00.000Z</Date></Expiration></Rule></LifecycleConfiguration>"
    )
    assert bucket.lifecycle.rules[0].prefix == "logs/"
    assert bucket.lifecycle.rules[0].expire == date(2030, 1, 1)
    bucket.lifecycle.add(expire=30, prefix="tmp/")
    old, _ = kept.rules("acme-photos", "lifecycle", "Rule")
    assert "<Filter><Prefix>logs/</Prefix></Filter>" in old
    assert old.count("Prefix>") == 2
    assert "<Date>2030-01-01T00:00:00Z</Date>" in old


def test_adding_is_safe_to_repeat(bucket: Bucket, faults: FaultServer) -> None:
    first = bucket.lifecycle.add(expire=30, tags={"a": "1", "b": "2"}, transition={"GLACIER": 1})
    faults.requests.clear()
    assert bucket.lifecycle.add(expire=30, tags={"b": "2", "a": "1"}, transition={"GLACIER": 1}).id
    assert bucket.lifecycle.add(expire=30, tags={"a": "1", "b": "2"}, transition={"GLACIER": 1}) == first
    assert bucket.lifecycle.add(expire=31).id != first.id


def test_repeating_writes_nothing(bucket: Bucket, faults: FaultServer) -> None:
    bucket.lifecycle.add(expire=30, id="x")
    faults.requests.clear()
    bucket.lifecycle.add(expire=30, id="x")
    assert [request.method for request in faults.requests] == ["GET"]


def test_a_name_that_is_taken(bucket: Bucket) -> None:
    bucket.lifecycle.add(expire=30, id="x")
    with pytest.raises(Conflict, match="'x'") as caught:
        bucket.lifecycle.add(expire=31, id="x")
    assert "update=True" in str(caught.value)
    assert bucket.lifecycle.add(expire=31, id="x", update=True).expire == 31
    assert [each.expire for each in bucket.lifecycle] == [31]


def test_a_day_and_a_rule_that_rests(bucket: Bucket, kept: Kept) -> None:
    bucket.lifecycle.add(expire=date(2030, 1, 2), transition={"GLACIER": date(2029, 1, 2)}, enabled=False)
    (rule,) = bucket.lifecycle.rules
    assert (rule.expire, rule.transition, rule.enabled) == (
        date(2030, 1, 2),
        {"GLACIER": date(2029, 1, 2)},
        False,
    )
    assert bucket.lifecycle.add(expire=datetime(2030, 1, 2, tzinfo=timezone.utc)).expire == date(2030, 1, 2)


def test_old_versions(bucket: Bucket, kept: Kept) -> None:
    bucket.lifecycle.add(
        noncurrent_expire=90, noncurrent_keep=3, noncurrent_transition={"STANDARD_IA": timedelta(days=30)}
    )
    (rule,) = bucket.lifecycle.rules
    assert (rule.noncurrent_expire, rule.noncurrent_keep, rule.noncurrent_transition) == (
        90,
        3,
        {"STANDARD_IA": 30},
    )
    bucket.lifecycle.add(expire_markers=True, id="markers")
    assert bucket.lifecycle.rules[1].expire_markers


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "does nothing"),
        ({"prefix": "tmp/"}, "does nothing"),
        ({"expire": 0}, "1 to"),
        ({"expire": timedelta(hours=12)}, "whole days"),
        ({"expire": datetime(2030, 1, 1, 12, tzinfo=timezone.utc)}, "midnight"),
        ({"transition": {"GLACIER": -1}}, "0 or more"),
        ({"transition": {"STANDARD_IA": 29}}, "30 at least"),
        ({"noncurrent_transition": {"ONEZONE_IA": 1}}, "30 at least"),
        ({"transition": {"GLACIER": 30}, "expire": 30}, "never go to GLACIER"),
        ({"transition": {"GLACIER": 30}, "expire": date(2030, 1, 1)}, "not both"),
        ({"abort_uploads": 0}, "1 to"),
        ({"abort_uploads": 7, "tags": {"a": "b"}}, "neither tags"),
        ({"abort_uploads": 7, "larger_than": 5}, "neither tags"),
        ({"expire_markers": True, "tags": {"a": "b"}}, "neither tags"),
        ({"expire_markers": True, "expire": 3}, "two rules"),
        ({"noncurrent_keep": 3, "expire": 3}, "noncurrent_expire"),
        ({"noncurrent_keep": 101, "noncurrent_expire": 3}, "1 to 100"),
        ({"noncurrent_expire": 0}, "1 to"),
        ({"expire": 3, "id": "x" * 256}, "255"),
    ],
)
def test_rules_that_s3_does_not_take(faults: FaultServer, wrong: Mapping[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Bucket("acme-photos", cloud=faults.cloud()).lifecycle.add(**wrong)
    assert said in str(caught.value)
    assert faults.requests == []


def test_a_thousand_rules_are_enough(bucket: Bucket, kept: Kept) -> None:
    rules = "".join(
        f"<Rule><ID>{number}</ID><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
        for number in range(1000)
    )
    kept.found["acme-photos", "lifecycle"] = f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>"
    with pytest.raises(InvalidRequest, match="1000"):
        bucket.lifecycle.add(expire=30)
    bucket.lifecycle.remove("7")
    assert len(list(bucket.lifecycle)) == 999


DAYS = st.none() | st.integers(1, 4000)
RULES = st.builds(
    LifecycleRule,
    id=st.text("abc", max_size=3),
    enabled=st.booleans(),
    prefix=st.sampled_from(["", "tmp/", "a/b"]),
    tags=st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=2),
    larger_than=st.none() | st.integers(0, 9),
    smaller_than=st.none() | st.integers(10, 99),
    expire=DAYS | st.dates(date(2027, 1, 1), date(2040, 1, 1)),
    transition=st.dictionaries(st.sampled_from(["GLACIER", "DEEP_ARCHIVE"]), st.integers(0, 99), max_size=2),
    noncurrent_expire=DAYS,
    noncurrent_transition=st.dictionaries(st.just("GLACIER"), st.integers(0, 9), max_size=1),
    abort_uploads=DAYS,
)


@given(RULES)
def test_what_is_written_is_read(rule: LifecycleRule) -> None:
    assert rule_of(row_of(rule)) == rule


@given(RULES)
def test_what_is_checked_is_what_botocore_takes(rule: LifecycleRule) -> None:
    from botocore.validate import ParamValidator

    from tests.contract import package

    try:
        checked(rule)
    except InvalidRequest:
        return
    shape = package.model("s3").operation_model("PutBucketLifecycleConfiguration").input_shape
    report = ParamValidator().validate(
        {"Bucket": "b", "LifecycleConfiguration": {"Rules": [row_of(rule)]}}, shape
    )
    assert not report.has_errors(), report.generate_report()


# -- replacing them ----------------------------------------------------------------------------------------------


def test_what_is_assigned_are_the_rules(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "lifecycle"] = f"<LifecycleConfiguration>{THEIRS}</LifecycleConfiguration>"
    kept.headers["x-amz-transition-default-minimum-object-size"] = "varies_by_storage_class"
    theirs, ours = bucket.lifecycle.rules[0], LifecycleRule(expire=timedelta(weeks=1), prefix="tmp/")
    bucket.lifecycle = [theirs, ours]
    assert kept.rules("acme-photos", "lifecycle", "Rule")[0] == THEIRS
    assert [each.expire for each in bucket.lifecycle] == [None, 7]
    assert bucket.lifecycle.rules[1].id.startswith("cloudkit-")
    assert kept.headers == {"x-amz-transition-default-minimum-object-size": "varies_by_storage_class"}
    bucket.lifecycle = [ours]
    assert [each.prefix for each in bucket.lifecycle] == ["tmp/"]
    bucket.lifecycle.remove(bucket.lifecycle.rules[0])
    assert list(bucket.lifecycle) == []


def test_what_has_no_word_here_stays_when_a_rule_is_changed(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "lifecycle"] = f"<LifecycleConfiguration>{THEIRS}</LifecycleConfiguration>"
    (theirs,) = bucket.lifecycle
    bucket.lifecycle = [evolve(theirs, enabled=True, prefix="more/")]
    (rule,) = kept.rules("acme-photos", "lifecycle", "Rule")
    assert "<NewerNoncurrentVersions>2</NewerNoncurrentVersions>" in rule
    assert bucket.lifecycle.rules == [evolve(theirs, enabled=True, prefix="more/")]
    bucket.lifecycle = [evolve(theirs, noncurrent_transition={"GLACIER": 30, "DEEP_ARCHIVE": 90})]
    (rule,) = kept.rules("acme-photos", "lifecycle", "Rule")
    assert rule.count("NewerNoncurrentVersions>") == 2
    assert bucket.lifecycle.rules[0].noncurrent_transition == {"GLACIER": 30, "DEEP_ARCHIVE": 90}


def test_a_rule_of_another_server_that_s3_would_not_take_can_be_read_and_kept(
    bucket: Bucket, kept: Kept
) -> None:
    odd = (
        "<Rule><ID>odd</ID><Filter><Prefix/></Filter><Status>Enabled</Status><NoncurrentVersionExpiration>"
        "<NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
    )
    kept.found["acme-photos", "lifecycle"] = f"<LifecycleConfiguration>{odd}</LifecycleConfiguration>"
    assert bucket.lifecycle.rules[0].noncurrent_expire == 0
    bucket.lifecycle = [*bucket.lifecycle, LifecycleRule(id="x", expire=1)]
    assert [each.id for each in bucket.lifecycle] == ["odd", "x"]


def test_removing_needs_a_name(faults: FaultServer) -> None:
    for wrong in ("", None, 5, LifecycleRule(expire=3)):
        with pytest.raises(InvalidRequest, match="name of a rule"):
            Bucket("acme-photos", cloud=faults.cloud()).lifecycle.remove(wrong)  # type: ignore[arg-type]
    assert faults.requests == []


@given(RULES, RULES)
def test_a_changed_rule_says_what_it_was_changed_to(before: LifecycleRule, after: LifecycleRule) -> None:
    assert rule_of(row_of(evolve(after, raw=row_of(before)))) == after
