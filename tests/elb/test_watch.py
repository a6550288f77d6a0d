from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cloudkit import Conflict, WaitFailed
from cloudkit.elb import Health, HealthTable, LoadBalancerState, TargetHealth
from cloudkit.elb._watching.watch import Look, Watch

PATIENCE = 90.0


def look(
    at: float, *states: tuple[str, str | None], state: str = "active", reason: str | None = None
) -> Look:
    rows = tuple(
        TargetHealth(f"i-{index}", 8080, Health(health), why, group="web-8080")
        for index, (health, why) in enumerate(states)
    )
    return Look(at, LoadBalancerState(state), reason, HealthTable(rows))


def watch() -> Watch:
    return Watch("web", {"web-8080": PATIENCE})


UNHEALTHY = ("unhealthy", "Target.Timeout")
INITIAL = ("initial", "Elb.InitialHealthChecking")
UNUSED = ("unused", "Target.NotInUse")


def test_unhealthy_without_a_break_is_given_up_when_patience_ends() -> None:
    seen = watch()
    assert not seen.given_up(look(0, UNHEALTHY))
    assert not seen.given_up(look(89, UNHEALTHY))
    assert [row.id for row in seen.given_up(look(90, UNHEALTHY))] == ["i-0"]


def test_a_target_that_recovers_starts_anew() -> None:
    seen = watch()
    for at, state in ((0, UNHEALTHY), (60, ("healthy", None)), (80, UNHEALTHY), (169, UNHEALTHY)):
        assert not seen.given_up(look(at, state))
    assert seen.given_up(look(170, UNHEALTHY))


def test_unused_is_given_up_after_thirty_seconds_of_service() -> None:
    seen = watch()
    assert not seen.given_up(look(0, UNUSED, state="provisioning"))
    assert not seen.given_up(look(100, UNUSED))
    assert not seen.given_up(look(129, UNUSED))
    assert seen.given_up(look(130, UNUSED))


@pytest.mark.parametrize("reason", ["Target.InvalidState", "Target.IpUnusable", "Target.HealthCheckDisabled"])
def test_a_reason_that_does_not_pass_is_final_at_once(reason: str) -> None:
    assert watch().given_up(look(0, ("unused", reason), state="provisioning"))


def test_an_unhealthy_target_whose_connections_are_let_go_is_still_unhealthy() -> None:
    seen = watch()
    assert not seen.given_up(look(0, UNHEALTHY))
    assert not seen.given_up(look(89, ("unhealthy.draining", None)))
    assert seen.given_up(look(90, ("unhealthy.draining", None)))


@pytest.mark.parametrize("state", ["initial", "draining", "unavailable", "resting", "healthy"])
def test_other_states_are_never_given_up(state: str) -> None:
    seen = watch()
    assert not any(seen.given_up(look(at, (state, None))) for at in (0, 1000, 2000))


def test_check_gives_what_it_found() -> None:
    seen = watch()
    assert not seen.check(look(0, UNHEALTHY, ("healthy", None), UNHEALTHY))
    lost = seen.check(look(90, UNHEALTHY, ("healthy", None), UNHEALTHY))
    assert [row.id for row in lost] == ["i-0", "i-2"]


def test_check_raises_for_a_failed_load_balancer_and_for_no_targets() -> None:
    with pytest.raises(WaitFailed, match="no addresses left"):
        watch().check(look(0, INITIAL, state="failed", reason="no addresses left"))
    with pytest.raises(Conflict, match="no targets"):
        watch().check(look(0))
    with pytest.raises(Conflict, match="no targets"):
        watch().check(look(0, ("draining", None)))


@given(
    st.lists(
        st.tuples(st.floats(0.5, 20), st.sampled_from([UNHEALTHY, INITIAL, ("healthy", None)])), max_size=30
    )
)
def test_given_up_means_unhealthy_for_as_long_as_patience(
    steps: list[tuple[float, tuple[str, str | None]]],
) -> None:
    seen = watch()
    at = 0.0
    begun: float | None = None
    for pause, state in steps:
        at += pause
        begun = None if state != UNHEALTHY else at if begun is None else begun
        expected = begun is not None and at - begun >= PATIENCE
        assert bool(seen.given_up(look(at, state))) is expected


def test_a_look_is_good_when_requests_get_through_to_all() -> None:
    assert look(0, ("healthy", None)).good
    assert look(0, ("healthy", None), state="active_impaired").good
    assert not look(0, ("healthy", None), state="provisioning").good
    assert not look(0, ("healthy", None), INITIAL).good
    assert not look(0).good
