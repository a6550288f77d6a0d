"""What becomes of CloudWatch's methods when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit import Alarm, AlarmRule, CompositeAlarm, Metric, Metrics
from cloudkit.cloudwatch import Source
from cloudkit.cloudwatch._spans import now
from tests.cloudwatch.seed import put, settle
from tests.contract.retry_laws import Law, Scene, reads, repeated, writes

TWICE = "the values may be counted twice"


def metric_name(scene: Scene) -> str:
    """A metric with values of a minute that is over."""
    name = scene.name("load")
    put(scene.cloud, name, {5: 1, 3: 2})
    return name


def shared(scene: Scene) -> str:
    return scene.once(metric_name)


def unused(scene: Scene) -> str:
    return scene.name("alarm")


def alarm(scene: Scene) -> Alarm:
    made = Alarm.create(scene.name("alarm"), Metric("App", "load", cloud=scene.cloud) > 1, for_="5m")
    settle(made)
    return made


def by_name(scene: Scene) -> str:
    return scene.once(alarm).name


def composite(scene: Scene) -> CompositeAlarm:
    return CompositeAlarm.create(scene.name("composite"), AlarmRule.always(False), cloud=scene.cloud)


def composite_name(scene: Scene) -> str:
    return scene.once(composite).name


def condition() -> Any:
    return Metric("App", "load") > 1


def mute(found: Alarm | CompositeAlarm) -> bool:
    with found.muted():
        return found.enabled


def count(name: str) -> None:
    metrics = Metrics("App", flush_every="1h")
    metrics.count(name)
    metrics.flush()


def count_and_close(name: str) -> None:
    metrics = Metrics("App", flush_every="1h")
    metrics.count(name)
    metrics.close()


def counts(scene: Scene) -> _Counted:
    return _Counted(scene)


class _Counted:
    """A metric to count in, whose sum the world says."""

    def __init__(self, scene: Scene) -> None:
        self.name = scene.name("counted")
        self._cloud = scene.cloud

    def total(self) -> int:
        return int(Metric("App", self.name, statistic="Sum", cloud=self._cloud).last("10m").sum())


LAWS: Mapping[str, Law[Any]] = {
    "Metric.last": reads(shared, lambda name: Metric("App", name).last("30m", period="1m").values),
    "Metric.between": reads(shared, lambda name: Metric("App", name).between(_start(), period="1m").values),
    "Metric.latest": reads(shared, lambda name: Metric("App", name).latest()),
    "Metric.read_all": reads(shared, lambda name: Metric.read_all([Metric("App", name)], "30m")[0].values),
    "Metric.list": reads(shared, lambda name: Metric.list("App", name).to_list()),
    "Expression.last": reads(shared, lambda name: (Metric("App", name) * 2).last("30m").values),
    "Expression.between": reads(shared, lambda name: (Metric("App", name) * 2).between(_start()).values),
    "Source.all": reads(lambda scene: scene.name("id"), lambda name: _source(name).all().to_list()),
    "Metrics.flush": repeated(
        counts, lambda counted: count(counted.name), lambda counted: counted.total(), TWICE
    ),
    "Metrics.close": repeated(
        counts, lambda counted: count_and_close(counted.name), lambda counted: counted.total(), TWICE
    ),
    "Alarm.when": writes(unused, lambda name: Alarm.when(condition(), "5m", name=name)),
    "Alarm.create": writes(unused, lambda name: Alarm.create(name, condition(), for_="5m")),
    "Alarm.ensure": writes(unused, lambda name: Alarm.ensure(name, condition(), for_="5m")),
    "Alarm.ensure of one that is there": reads(
        by_name, lambda name: Alarm.ensure(name, condition(), for_="5m")
    ),
    "Alarm.get": reads(by_name, lambda name: Alarm.get(name)),
    "Alarm.list": reads(by_name, lambda name: Alarm.list(name).to_list()),
    "Alarm.find": reads(by_name, lambda name: Alarm.find(name)),
    "Alarm.refresh": reads(by_name, lambda name: Alarm(name).refresh()),
    "Alarm.exists": reads(by_name, lambda name: Alarm(name).exists()),
    "Alarm.history": reads(by_name, lambda name: Alarm(name).history().to_list()),
    "Alarm.wait": reads(by_name, lambda name: Alarm(name).wait("OK"), more={}),
    "Alarm.update": writes(alarm, lambda found: found.update(description="x")),
    "Alarm.enable": writes(alarm, lambda found: found.enable()),
    "Alarm.disable": writes(alarm, lambda found: found.disable()),
    "Alarm.muted": writes(alarm, mute),
    "Alarm.test": writes(alarm, lambda found: found.test(hold=0)),
    "Alarm.delete": writes(alarm, lambda found: found.delete()),
    "CompositeAlarm.create": writes(unused, lambda name: CompositeAlarm.create(name, AlarmRule.always(True))),
    "CompositeAlarm.ensure": writes(unused, lambda name: CompositeAlarm.ensure(name, AlarmRule.always(True))),
    "CompositeAlarm.get": reads(composite_name, lambda name: CompositeAlarm.get(name)),
    "CompositeAlarm.list": reads(composite_name, lambda name: CompositeAlarm.list(name).to_list()),
    "CompositeAlarm.find": reads(composite_name, lambda name: CompositeAlarm.find(name)),
    "CompositeAlarm.refresh": reads(composite_name, lambda name: CompositeAlarm(name).refresh()),
    "CompositeAlarm.exists": reads(composite_name, lambda name: CompositeAlarm(name).exists()),
    "CompositeAlarm.history": reads(composite_name, lambda name: CompositeAlarm(name).history().to_list()),
    "CompositeAlarm.wait": reads(composite_name, lambda name: CompositeAlarm(name).wait("OK")),
    "CompositeAlarm.update": writes(composite, lambda found: found.update(description="x")),
    "CompositeAlarm.enable": writes(composite, lambda found: found.enable()),
    "CompositeAlarm.disable": writes(composite, lambda found: found.disable()),
    "CompositeAlarm.muted": writes(composite, mute),
    "CompositeAlarm.test": writes(composite, lambda found: found.test(hold=0)),
    "CompositeAlarm.delete": writes(composite, lambda found: found.delete()),
}


def _start() -> Any:
    from datetime import timedelta

    return now() - timedelta(minutes=30)


def _source(name: str) -> Source:
    from cloudkit import current_cloud

    return Source("App", {"Id": name}, current_cloud())
