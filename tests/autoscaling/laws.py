"""What becomes of the methods of Auto Scaling when requests fail, or answers get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit.autoscaling import AutoScalingGroup, InstanceRefresh, ScalingPolicy, ScheduledAction
from cloudkit.ec2 import Instance, LaunchTemplate
from cloudkit.elb import TargetGroup
from tests.autoscaling.answers import IMAGE
from tests.contract.retry_laws import Law, Scene, reads, writes

# AWS refuses the repetition, and one look, whose answer is lost too, shows that it is done.
LOOKED = {"lost answer": 2, "broken stream": 1}
# The repetition finds that the group is gone, so that nothing is waited for.
GONE = {"lost answer": -2}


def new_name(scene: Scene) -> str:
    return scene.name("web")


def template(scene: Scene) -> LaunchTemplate:
    return LaunchTemplate.create(new_name(scene), image=IMAGE, type="t3.micro", cloud=scene.cloud)


def name_and_template(scene: Scene) -> tuple[str, LaunchTemplate]:
    return new_name(scene), scene.once(template)


def group(scene: Scene) -> AutoScalingGroup:
    made = scene.once(template)
    return AutoScalingGroup.create(new_name(scene), made, min=0, max=9, desired=1, cloud=scene.cloud)


def shared(scene: Scene) -> AutoScalingGroup:
    return scene.once(group)


def group_and_template(scene: Scene) -> tuple[AutoScalingGroup, LaunchTemplate]:
    return group(scene), scene.once(template)


def box(scene: Scene) -> Instance:
    return Instance.launch(IMAGE, cloud=scene.cloud).wait("running")


def group_and_box(scene: Scene) -> tuple[AutoScalingGroup, Instance]:
    return group(scene), scene.once(box)


def group_and_member(scene: Scene) -> tuple[AutoScalingGroup, str]:
    made = group(scene)
    return made, made.members[0].id


def target_group(scene: Scene) -> TargetGroup:
    return TargetGroup.create(new_name(scene), port=9000, cloud=scene.cloud)


def group_and_targets(scene: Scene) -> tuple[AutoScalingGroup, str]:
    return group(scene), scene.once(target_group).arn


def serving(scene: Scene) -> tuple[AutoScalingGroup, str]:
    made, targets = group_and_targets(scene)
    return made.attach_to(targets), targets


def refresh(scene: Scene) -> InstanceRefresh:
    return group(scene).replace_instances()


def ended(scene: Scene) -> InstanceRefresh:
    return scene.once(refresh).wait()


def reversible(scene: Scene) -> InstanceRefresh:
    return group(scene).replace_instances(version=1)


def policy(scene: Scene) -> ScalingPolicy:
    made = group(scene)
    return made.step(made.metrics.cpu > 80, add=1)


def shared_policy(scene: Scene) -> ScalingPolicy:
    return scene.once(policy)


def action(scene: Scene) -> ScheduledAction:
    return group(scene).schedule("evening", "0 20 * * *", desired=1)


def shared_action(scene: Scene) -> ScheduledAction:
    return scene.once(action)


def stand_by(given: tuple[AutoScalingGroup, str]) -> None:
    of, member = given
    with of.standby(member):
        pass


LAWS: Mapping[str, Law[Any]] = {
    "AutoScalingGroup.create": writes(
        name_and_template,
        lambda given: AutoScalingGroup.create(given[0], given[1], min=0, max=1),
        more=LOOKED,
    ),
    "AutoScalingGroup.ensure": writes(
        name_and_template,
        lambda given: AutoScalingGroup.ensure(given[0], given[1], min=0, max=1),
        more=LOOKED,
    ),
    "AutoScalingGroup.ensure with update": writes(
        group_and_template,
        lambda given: AutoScalingGroup.ensure(given[0].name, given[1], min=0, max=5, update=True),
    ),
    "AutoScalingGroup.get": reads(shared, lambda each: AutoScalingGroup.get(each.name)),
    "AutoScalingGroup.list": reads(shared, lambda each: AutoScalingGroup.list(name=each.name).to_list()),
    "AutoScalingGroup.find": reads(shared, lambda each: AutoScalingGroup.find(each.name)),
    "AutoScalingGroup.refresh": reads(shared, lambda each: each.refresh()),
    "AutoScalingGroup.exists": reads(shared, lambda each: each.exists()),
    "AutoScalingGroup.wait": reads(shared, lambda each: each.wait()),
    "AutoScalingGroup.instances": reads(shared, lambda each: each.instances()),
    "AutoScalingGroup.activities": reads(shared, lambda each: each.activities().to_list()),
    "AutoScalingGroup.health": reads(shared, lambda each: each.health()),
    "AutoScalingGroup.scale": writes(group, lambda each: each.scale(2)),
    "AutoScalingGroup.update": writes(group, lambda each: each.update(max=5)),
    "AutoScalingGroup.update of the template": writes(group, lambda each: each.update(version="latest")),
    "AutoScalingGroup.suspend": writes(group, lambda each: each.suspend("Launch")),
    "AutoScalingGroup.resume": writes(group, lambda each: each.resume()),
    "AutoScalingGroup.attach_to": writes(group_and_targets, lambda given: given[0].attach_to(given[1])),
    "AutoScalingGroup.detach_from": writes(
        serving, lambda given: given[0].detach_from(given[1]), more=LOOKED
    ),
    "AutoScalingGroup.attach": writes(
        group_and_box,
        lambda given: given[0].attach(given[1].id),
        done=lambda given: given[0].refresh().desired,
        more=LOOKED,
    ),
    "AutoScalingGroup.detach": writes(
        group_and_member,
        lambda given: given[0].detach(given[1]),
        done=lambda given: given[0].refresh().desired,
        more=LOOKED,
    ),
    "AutoScalingGroup.terminate": writes(
        group_and_member,
        lambda given: given[0].terminate(given[1], replace=False),
        done=lambda given: given[0].refresh().desired,
        more=LOOKED,
    ),
    "AutoScalingGroup.protect": writes(group_and_member, lambda given: given[0].protect(given[1])),
    "AutoScalingGroup.standby": writes(
        group_and_member,
        stand_by,
        done=lambda given: given[0].refresh().desired,
        more={"lost answer": 4, "broken stream": 1},
        refused=2,
    ),
    "AutoScalingGroup.replace_instances": writes(
        group,
        lambda each: each.replace_instances(),
        done=lambda each: len(each.refreshes().to_list()),
        more=LOOKED,
    ),
    "AutoScalingGroup.refreshes": reads(shared, lambda each: each.refreshes().to_list()),
    "AutoScalingGroup.track": writes(
        group,
        lambda each: each.track(each.metrics.cpu, 50),
        done=lambda each: len(each.policies().to_list()),
    ),
    "AutoScalingGroup.step": writes(
        group,
        lambda each: each.step(each.metrics.cpu > 80, add=1),
        done=lambda each: len(each.policies().to_list()),
    ),
    "AutoScalingGroup.policies": reads(shared, lambda each: each.policies().to_list()),
    "AutoScalingGroup.schedule": writes(
        group,
        lambda each: each.schedule("evening", "0 20 * * *", desired=1),
        done=lambda each: len(each.schedules().to_list()),
    ),
    "AutoScalingGroup.schedules": reads(shared, lambda each: each.schedules().to_list()),
    "AutoScalingGroup.collect_metrics": writes(group, lambda each: each.collect_metrics()),
    "AutoScalingGroup.delete": writes(group, lambda each: each.delete(), more=GONE),
    "InstanceRefresh.get": reads(ended, lambda each: InstanceRefresh.get(each.group, each.id)),
    "InstanceRefresh.list": reads(ended, lambda each: InstanceRefresh.list(each.group).to_list()),
    "InstanceRefresh.refresh": reads(ended, lambda each: each.refresh()),
    "InstanceRefresh.exists": reads(ended, lambda each: each.exists()),
    "InstanceRefresh.wait": reads(ended, lambda each: each.wait()),
    "InstanceRefresh.cancel": writes(refresh, lambda each: each.cancel(), more=LOOKED),
    "InstanceRefresh.rollback": writes(reversible, lambda each: each.rollback(), more=LOOKED),
    "ScalingPolicy.get": reads(shared_policy, lambda each: ScalingPolicy.get(each.group, each.name)),
    "ScalingPolicy.list": reads(shared_policy, lambda each: ScalingPolicy.list(each.group).to_list()),
    "ScalingPolicy.refresh": reads(shared_policy, lambda each: each.refresh()),
    "ScalingPolicy.exists": reads(shared_policy, lambda each: each.exists()),
    "ScalingPolicy.alarms": reads(shared_policy, lambda each: each.alarms().to_list()),
    "ScalingPolicy.delete": writes(policy, lambda each: each.delete()),
    "ScheduledAction.get": reads(shared_action, lambda each: ScheduledAction.get(each.group, each.name)),
    "ScheduledAction.list": reads(shared_action, lambda each: ScheduledAction.list(each.group).to_list()),
    "ScheduledAction.refresh": reads(shared_action, lambda each: each.refresh()),
    "ScheduledAction.exists": reads(shared_action, lambda each: each.exists()),
    "ScheduledAction.delete": writes(action, lambda each: each.delete()),
}
