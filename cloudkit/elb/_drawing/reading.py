"""What there is to draw of a load balancer, asked of AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import define, field

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import paged
from cloudkit.elb._drawing.parts import Look, Role, Sketch
from cloudkit.elb._drawing.rules import answer_of, order_of, priority_of, step_of, words_of
from cloudkit.elb._limits import MAX_TARGETS_DRAWN
from cloudkit.elb._naming import target_group_name
from cloudkit.elb._service import ELBV2
from cloudkit.elb._sides.rows import is_classic, name_in, value_at
from cloudkit.elb._sides.side import Side
from cloudkit.elb._watching.boxes import named
from cloudkit.elb.action import Action, FixedResponse, Forward, OtherAction, Redirect, actions_of
from cloudkit.elb.health import Health, HealthTable, TargetHealth
from cloudkit.elb.kinds import SERVING, Kind, Scheme
from cloudkit.elb.protocol import TargetType
from cloudkit.elb.target_group import TargetGroup
from cloudkit.errors import AccessDenied

_LOOKS = {
    Health.HEALTHY: Look.GOOD,
    Health.INITIAL: Look.WAITING,
    Health.UNHEALTHY: Look.BAD,
    Health.UNHEALTHY_DRAINING: Look.BAD,
    Health.UNUSED: Look.BAD,
    Health.DRAINING: Look.AWAY,
    Health.UNAVAILABLE: Look.WAITING,
}


def sketch_of(side: Side, cloud: Cloud) -> Sketch:
    """The load balancer with all that it leads to."""
    row = side.load()
    sketch = Sketch()
    balancer = _front(sketch, row)
    if is_classic(row):
        _draw_classic(sketch, balancer, row, _with_names(cloud, side.registries()[0].health()))
        return sketch
    listeners = [listener.raw for listener in side.listeners()]
    ruled = Kind(str(value_at(row, "Type"))) == Kind.APPLICATION
    rules = [_rules(cloud, listener) if ruled else [_default_rule(listener)] for listener in listeners]
    groups = side.target_groups()
    health = _with_names(cloud, HealthTable(tuple(each for group in groups for each in group.health())))
    page = _Page(sketch, {group.arn: group for group in groups}, health)
    for listener, its_rules in zip(listeners, rules, strict=True):
        page.draw_listener(balancer, listener, its_rules)
    page.draw_targets()
    return sketch


def _with_names(cloud: Cloud, health: HealthTable) -> HealthTable:
    # Names are a kindness: who may look at load balancers alone gets ids.
    with suppress(AccessDenied):
        return named(cloud, health)
    return health


def _front(sketch: Sketch, row: Mapping[str, Any]) -> str:
    """Where clients are, and the load balancer: its box's id."""
    public = value_at(row, "Scheme") == str(Scheme.INTERNET_FACING)
    clients = sketch.box(Role.CLIENTS, "Internet" if public else f"VPC {value_at(row, 'VpcId') or ''}")
    state = str(value_at(row, "State.Code"))
    balancer = sketch.box(
        Role.BALANCER,
        name_in(row),
        f"{value_at(row, 'Type')} load balancer",
        None if state in SERVING else state,
        value_at(row, "DNSName"),
        look=Look.PLAIN if state in SERVING else Look.WAITING,
    )
    sketch.arrow(clients, balancer)
    return balancer


def _rules(cloud: Cloud, listener: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The rules of a listener as they are tried. One request."""
    arn = listener["ListenerArn"]
    found = paged(cloud, ELBV2, "describe_rules", "Rules", _as_it_is, of="Rule", about=arn, ListenerArn=arn)
    return sorted(found, key=order_of)


def _as_it_is(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return row


def _default_rule(listener: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Actions": listener.get("DefaultActions", [])}


def _listens_on(listener: Mapping[str, Any]) -> str:
    port = listener.get("Port")
    return f"{listener.get('Protocol') or 'any protocol'} {'all ports' if port is None else port}"


@define
class _Page:
    """What is drawn behind the listeners; target groups once each, whoever forwards to them."""

    sketch: Sketch
    groups: Mapping[str, TargetGroup]
    health: HealthTable
    drawn: dict[str, str] = field(factory=dict[str, str])

    def draw_listener(
        self, balancer: str, row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]]
    ) -> None:
        """A listener, its rules, and what these lead to. A default rule that is alone and plain needs no box."""
        listener = self.sketch.box(Role.LISTENER, _listens_on(row))
        self.sketch.arrow(balancer, listener)
        for rule in rules:
            actions = actions_of(rule.get("Actions"))
            steps = [step_of(each) for each in actions if isinstance(each, OtherAction)]
            start = listener
            if len(rules) > 1 or steps:
                start = self.sketch.box(Role.RULE, priority_of(rule), *words_of(rule), *steps)
                self.sketch.arrow(listener, start)
            if actions:
                self.draw_action(start, actions[-1])

    def draw_action(self, start: str, action: Action) -> None:
        """Where a rule leads to."""
        if isinstance(action, (Redirect, FixedResponse)):
            self.sketch.arrow(start, self.sketch.box(Role.ANSWER, *answer_of(action)))
        elif isinstance(action, Forward):
            whole = sum(action.weights.values())
            for arn, weight in action.weights.items():
                share = f"{100 * weight / (whole or 1):.3g} %" if len(action.weights) > 1 else ""
                self.sketch.arrow(start, self.group(arn), share)

    def group(self, arn: str) -> str:
        """The box of a target group."""
        if arn not in self.drawn:
            group = self.groups.get(arn)
            texts = [target_group_name(arn)[0]] if group is None else _texts_of(group)
            self.drawn[arn] = self.sketch.box(Role.GROUP, *texts)
        return self.drawn[arn]

    def draw_targets(self) -> None:
        """The targets of all groups that are drawn."""
        for arn, box in self.drawn.items():
            group = self.groups.get(arn)
            if group is not None:
                _draw_targets(self.sketch, box, [row for row in self.health if row.group == group.name])


def _texts_of(group: TargetGroup) -> Sequence[str]:
    sort = "" if group.type == TargetType.INSTANCE else f" ({group.type})"
    port = "" if group.port is None else f" {group.port}"
    return [group.name, f"{group.protocol or 'target'}{port}{sort}"]


def _draw_targets(sketch: Sketch, start: str, rows: Sequence[TargetHealth]) -> None:
    shown, counted = _shown(sorted(rows, key=lambda row: (row.name or "", row.id, row.port or 0)))
    for row in shown:
        where = row.id.rpartition(":")[2] if row.id.startswith("arn:") else row.id
        where = where if row.port is None else f"{where}:{row.port}"
        texts = [row.name or where, where if row.name else None, str(row.state), row.reason]
        sketch.arrow(start, sketch.box(Role.TARGET, *texts, look=_LOOKS.get(row.state, Look.WAITING)))
    for state, number in counted.items():
        box = sketch.box(Role.TARGET, f"{number} more", str(state), look=_LOOKS.get(state, Look.WAITING))
        sketch.arrow(start, box)
    if not rows:
        sketch.arrow(start, sketch.box(Role.TARGET, "no targets", look=Look.AWAY))


def _shown(rows: Sequence[TargetHealth]) -> tuple[Sequence[TargetHealth], Mapping[Health, int]]:
    """Which targets get a box each, and how many others there are in each state."""
    if len(rows) <= MAX_TARGETS_DRAWN:
        return rows, {}
    ill = [row for row in rows if not row.healthy][:MAX_TARGETS_DRAWN]
    counted: dict[Health, int] = {}
    for row in _without(rows, ill):
        counted[row.state] = counted.get(row.state, 0) + 1
    return ill, counted


def _without(rows: Iterable[TargetHealth], others: Iterable[TargetHealth]) -> Iterable[TargetHealth]:
    left_out = {id(row) for row in others}
    return (row for row in rows if id(row) not in left_out)


def _draw_classic(sketch: Sketch, balancer: str, row: Mapping[str, Any], health: HealthTable) -> None:
    """The listeners of a classic load balancer, all of which lead to all of its instances."""
    checks: Mapping[str, Any] = row.get("HealthCheck") or {}
    check = checks.get("Target")
    instances = sketch.box(Role.GROUP, "instances", f"health check {check}" if check else None)
    for description in row.get("ListenerDescriptions", []):
        listener: Mapping[str, Any] = description["Listener"]
        front = sketch.box(Role.LISTENER, f"{listener['Protocol']} {listener['LoadBalancerPort']}")
        sketch.arrow(balancer, front)
        back = f"{listener.get('InstanceProtocol') or listener['Protocol']} {listener['InstancePort']}"
        sketch.arrow(front, instances, back)
    _draw_targets(sketch, instances, health)
