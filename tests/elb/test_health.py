from __future__ import annotations

import pickle

import pytest

from cloudkit import local
from cloudkit.elb.health import ADVICE, Health, HealthTable, TargetHealth, target_health


def row(state: str, reason: str | None = None, *, id: str = "i-1", group: str = "web-8080") -> TargetHealth:
    return TargetHealth(id, 8080, Health(state), reason, group=group)


def test_there_is_advice_for_every_reason_that_aws_documents() -> None:
    model = local().client("elbv2").meta.service_model
    assert set(ADVICE) == set(model.shape_for("TargetHealthReasonEnum").enum)
    assert all(ADVICE.values())


def test_every_state_that_aws_documents_is_known() -> None:
    model = local().client("elbv2").meta.service_model
    assert {str(each) for each in Health.known()} == set(model.shape_for("TargetHealthStateEnum").enum)


def test_advice_is_none_for_a_healthy_target_and_for_a_reason_not_known() -> None:
    assert row("healthy").advice is None
    assert row("unhealthy", "Target.NewFault").advice is None
    assert "security group" in str(row("unhealthy", "Target.Timeout").advice)


def test_a_row_says_where_it_is_and_why() -> None:
    assert str(row("unhealthy", "Target.Timeout")) == "i-1:8080 is unhealthy (Target.Timeout)"
    assert str(TargetHealth("arn:x", None, Health.HEALTHY)) == "arn:x is healthy"


def test_of_an_answer() -> None:
    found = target_health(
        {
            "Target": {"Id": "i-1", "Port": 8080},
            "TargetHealth": {"State": "unused", "Reason": "Target.NotInUse", "Description": "no listener"},
        },
        "web-8080",
    )
    assert found == TargetHealth("i-1", 8080, Health.UNUSED, "Target.NotInUse", "no listener", "web-8080")


def test_of_an_answer_without_port_and_health() -> None:
    found = target_health({"Target": {"Id": "arn:lambda"}}, "fn")
    assert (found.port, found.state) == (None, Health.UNAVAILABLE)


def test_a_state_that_aws_invents_later_is_taken() -> None:
    assert row("resting").state == "resting"
    assert not row("resting").healthy


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], False),
        (["healthy"], True),
        (["healthy", "initial"], False),
        (["healthy", "draining"], True),
        (["healthy", "unhealthy.draining"], True),
        (["draining"], False),
        (["healthy", "unhealthy"], False),
        (["healthy", "resting"], False),
    ],
)
def test_all_healthy(states: list[str], expected: bool) -> None:
    assert HealthTable(tuple(row(state) for state in states)).all_healthy is expected


def test_a_table_is_a_sequence_that_prints_as_a_table() -> None:
    table = HealthTable((row("healthy"), row("unhealthy", "Target.Timeout", id="i-22")))
    assert len(table) == 2
    assert table[1].id == "i-22"
    assert table[:1] == HealthTable((row("healthy"),))
    assert [each.id for each in table] == ["i-1", "i-22"]
    assert row("healthy") in table
    assert repr(table).splitlines() == [
        "target  port  state      reason          group",
        "i-1     8080  healthy    -               web-8080",
        "i-22    8080  unhealthy  Target.Timeout  web-8080",
    ]
    assert str(table) == repr(table)
    assert repr(HealthTable()) == "no targets"


def test_values_pickle_and_cannot_be_changed() -> None:
    table = HealthTable((row("healthy"),))
    assert pickle.loads(pickle.dumps(table)) == table
    assert hash(table) == hash(HealthTable((row("healthy"),)))
    with pytest.raises(AttributeError):
        table.rows = ()  # type: ignore[misc]
