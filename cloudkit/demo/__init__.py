"""The guided tour: the talk "AWS from Python" on the embedded cloud, with every step checked."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cloudkit._local import local
from cloudkit.demo import compute, ending, messages, storage
from cloudkit.demo.stage import Stage, Step, perform
from cloudkit.demo.world import Receiver, World
from cloudkit.errors import InvalidRequest

STEPS: Sequence[Step[World]] = (
    Step(
        "who",
        "Who and where am I?",
        "Credentials come from the usual chain. A region is a place, and its zones fail apart from each other.",
        compute.who,
        compute.who_checks,
    ),
    Step(
        "keys",
        "A key pair and a security group",
        "The private key is told once: it goes to a file that is its owner's alone. The group is the firewall.",
        compute.keys,
        compute.keys_checks,
    ),
    Step(
        "servers",
        "Two web servers",
        "From the newest Amazon Linux. Both are waited for with one request a look, and never for ever.",
        compute.servers,
        compute.servers_checks,
        needs=("keys",),
    ),
    Step(
        "address",
        "An elastic IP",
        "An address that stays when the server behind it changes.",
        compute.address,
        compute.address_checks,
        needs=("keys", "servers"),
    ),
    Step(
        "balancer",
        "A load balancer in front",
        "Anything can fail at any moment, so nobody talks to one server; and each is upgraded while the other serves.",
        compute.balancer,
        compute.balancer_checks,
        needs=("keys", "servers"),
    ),
    Step(
        "bucket",
        "A page, its versions and a link",
        "What must not be lost is kept in S3. An object is a file, and a missing one a FileNotFoundError.",
        storage.bucket,
        storage.bucket_checks,
    ),
    Step(
        "topic",
        "A topic with three kinds of subscriber",
        "Say it once, and everybody who wants to know is told: people by mail, servers by HTTP, programs by a queue.",
        messages.topic,
        messages.topic_checks,
    ),
    Step(
        "queue",
        "Three consumers, one of which dies",
        "A message is taken, not removed. If nobody says that the work is done, it comes back for somebody else.",
        messages.queue,
        messages.queue_checks,
    ),
    Step(
        "bill",
        "What it all asked of AWS",
        "Everything is billed, requests too, so it is good to see them.",
        ending.bill,
        ending.bill_checks,
        needs=("who",),
    ),
    Step(
        "teardown",
        "Everything taken down",
        "What runs, costs. Deleting what is already gone is fine.",
        ending.teardown,
        ending.teardown_checks,
    ),
)


def run(name: str | None = None, *, plain: bool = False) -> int:
    """Tell the story, or one part of it.

    Args:
        name: The step to tell; those it needs run before, untold. `"list"` names them. Default: all.
        plain: No colours and no columns.

    Returns:
        0 if every check held, else 1.

    Raises:
        InvalidRequest: There is no such step.
        MissingExtra: moto is not installed.
    """
    stage = Stage(plain=plain)
    if name == "list":
        for step in STEPS:
            stage.say(f"{step.name:10} {step.title}")
        return 0
    names = [step.name for step in STEPS]
    if name is not None and name not in names:
        raise InvalidRequest(f"there is no step {name!r}", hint=f"the steps are {', '.join(names)}")
    wanted = [step for step in STEPS if name is None or step.name == name]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver, local() as cloud:
        world = World(cloud, Path(folder), receiver)
        held = failed = 0
        for number, step in enumerate(wanted, 1):
            for before in _untold(step, alone=name is not None):
                _, checks = perform(before, world)
                failed += sum(not ok for _, ok in checks)
            output, checks = perform(step, world)
            stage.show(number, step, output, checks)
            held += sum(ok for _, ok in checks)
            failed += sum(not ok for _, ok in checks)
    stage.say(
        f"\n{held} checks held, {failed} did not; {time.monotonic() - begun:.1f} s, and nothing was billed."
    )
    return 1 if failed else 0


def _untold(step: Step[World], *, alone: bool) -> Sequence[Step[World]]:
    return [each for each in STEPS if alone and each.name in step.needs]
