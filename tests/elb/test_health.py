from __future__ import annotations

import io
import pickle
import sys

import pytest
from rich.console import Console

from cloudkit import InvalidRequest, MissingExtra, local
from cloudkit.elb.health import ADVICE, Health, HealthTable, TargetHealth, target_health
from tests.elb.serving_world import FIRST, Service
from tests.faults import FaultServer


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
        (["healthy", "unhealthy.draining"], False),
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


MIXED = HealthTable(
    (
        row("healthy", id="i-2"),
        row("unhealthy", "Target.Timeout", id="i-1"),
        row("draining", "Target.DeregistrationInProgress", id="i-3"),
        row("healthy", id="i-1", group="api-9000"),
    )
)


def test_filters() -> None:
    assert [each.id for each in MIXED.unhealthy] == ["i-1"]
    assert [each.id for each in MIXED.healthy] == ["i-2", "i-1"]
    assert {str(state): len(table) for state, table in MIXED.by_state.items()} == {
        "unhealthy": 1,
        "draining": 1,
        "healthy": 2,
    }
    assert list(MIXED.by_state) == ["unhealthy", "draining", "healthy"]
    assert [each.group for each in MIXED.by_target["i-1"]] == ["web-8080", "api-9000"]


def test_sorted_by_columns_and_by_state_otherwise() -> None:
    assert [str(each.state) for each in MIXED.sorted()] == ["unhealthy", "draining", "healthy", "healthy"]
    assert [each.id for each in MIXED.sorted("target", "group")] == ["i-1", "i-1", "i-2", "i-3"]
    assert MIXED.sorted("target", "group")[0].group == "api-9000"
    with pytest.raises(InvalidRequest, match="column"):
        MIXED.sorted("colour")


def test_a_state_that_aws_invents_later_is_sorted_last() -> None:
    assert HealthTable((row("resting"), row("healthy"))).sorted()[1].state == "resting"


def test_columns_that_say_nothing_are_left_out() -> None:
    told = TargetHealth("i-1", None, Health.HEALTHY, zone="us-east-1a", name="shop-1")
    assert repr(HealthTable((told,))).splitlines() == [
        "target  name    zone        state    reason",
        "i-1     shop-1  us-east-1a  healthy  -",
    ]


def test_notebooks_show_a_table_with_everything_escaped() -> None:
    told = TargetHealth("i-1", 80, Health.UNHEALTHY, "Target.Timeout", name="<script>alert(1)</script>")
    html = HealthTable((told,))._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert html.startswith("<table>")
    assert "<td>Target.Timeout</td>" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    empty = HealthTable()._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert empty == "<p>no targets</p>"


def test_rich_prints_a_table_and_takes_no_markup() -> None:
    told = TargetHealth("i-1", 80, Health.HEALTHY, name="[bold]x[/bold]")
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(HealthTable((told,)))
    console.print(HealthTable())
    text = console.export_text()
    assert "[bold]x[/bold]" in text
    assert "healthy" in text
    assert "no targets" in text


def test_without_rich_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.table", None)
    with pytest.raises(MissingExtra) as caught:
        MIXED.__rich__()
    assert "cloudkit[rich]" in str(caught.value)


def test_names_and_zones_take_one_request(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [(FIRST, 8080), ("10.1.2.3", 8080)]})
    first, second = service.balancer.health(names=True)
    assert (first.name, first.zone, second.name) == ("shop-1", "us-east-1a", None)
    assert faults.operations.count("DescribeInstances") == 1
