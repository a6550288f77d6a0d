from __future__ import annotations

import gc
import pickle
import threading
import weakref
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

import pytest
from attrs import define, field

from cloudkit import Bucket, Cloud, Object, current_cloud
from cloudkit._core.resource import VOLATILE_SECONDS, Attribute, Resource, attribute
from cloudkit._core.service import Service
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest, NotFound, ServiceError
from cloudkit.testing import FakeClock
from cloudkit.types import Answer, OpenEnum

THINGS = Service("things")


class Colour(OpenEnum):
    RED = "red"


@define(eq=False, repr=False)
class Thing(Resource):
    """A resource whose answers stand in a list of the test's."""

    _service = THINGS
    _shown = ("State.Name",)
    answers: ClassVar[list[Mapping[str, Any] | Exception]] = []
    loads: ClassVar[int] = 0

    id: str
    part: str | None = None
    remark: str = field(default="", kw_only=True)

    state = attribute("State.Name", str, volatile=True)
    size = attribute("Size", int)
    note = attribute("Note", str, optional=True)
    made = attribute("Made", datetime, optional=True)
    is_on = attribute("On", bool)
    colour = attribute("Colour", Colour)
    hint = attribute("Hint", str, optional=True, volatile=True)

    def _load(self) -> Answer:
        type(self).loads += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


FULL: dict[str, Any] = {"State": {"Name": "on"}, "Size": "7", "On": "false", "Colour": "red"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cloud(clock: FakeClock) -> Cloud:
    return Cloud(region="us-east-1", clock=clock)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Thing.answers = [FULL]
    Thing.loads = 0


# -- attributes --------------------------------------------------------------------------------------------------


def test_an_attribute_loads_once_and_has_its_type(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)
    assert Thing.loads == 0
    assert (thing.size, thing.is_on, thing.colour) == (7, False, Colour.RED)
    assert thing.colour is Colour.RED
    assert thing.note is None
    assert thing.made is None
    assert Thing.loads == 1
    assert isinstance(Thing.size, Attribute)
    assert Thing.size.path == "Size"


def test_times_are_aware_and_unknown_values_stay_values(cloud: Cloud) -> None:
    Thing.answers = [{**FULL, "Made": "2026-01-02T03:04:05Z", "Colour": "mauve"}]
    thing = Thing("t-1", cloud=cloud)
    assert thing.made == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert thing.colour == "mauve"
    assert isinstance(thing.colour, Colour)


def test_what_a_row_says_needs_no_load_and_what_it_does_not_say_one(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)._learn({"Size": 3, "State": {"Name": "off"}}, whole=False)
    assert (thing.size, thing.state) == (3, "off")
    assert Thing.loads == 0
    assert thing.note is None
    assert Thing.loads == 1
    assert thing.size == 7
    assert thing.note is None
    assert Thing.loads == 1


def test_what_a_whole_answer_does_not_say_is_not_asked_again(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)._learn({"Size": 3}, whole=True)
    assert thing.note is None
    with pytest.raises(CloudError, match=r"no State\.Name, which Thing\.state is read from") as caught:
        thing.state  # noqa: B018
    assert ".raw" in str(caught.value.hint)
    assert caught.value.resource == "t-1"
    assert Thing.loads == 0


def test_values_that_are_false_are_values(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)._learn({"Size": 0, "Note": "", "On": False}, whole=False)
    assert (thing.size, thing.note, thing.is_on) == (0, "", False)
    assert Thing.loads == 0


def test_a_volatile_attribute_is_never_older_than_two_seconds(cloud: Cloud, clock: FakeClock) -> None:
    states = ["pending", "pending", "on"]
    Thing.answers = [{**FULL, "State": {"Name": state}} for state in states]
    thing = Thing("t-1", cloud=cloud)
    assert thing.state == "pending"
    clock.advance(VOLATILE_SECONDS)
    assert thing.state == "pending"
    assert Thing.loads == 1
    looks = 0
    while thing.state != "on":
        clock.advance(1)
        looks += 1
        assert looks < 10
    assert Thing.loads == 3
    clock.advance(3600)
    assert thing.size == 7
    assert Thing.loads == 3
    assert thing.hint is None
    assert Thing.loads == 4


def test_after_a_change_it_is_loaded_again(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud).refresh()
    Thing.answers = [{**FULL, "Size": 8}]
    assert thing.size == 7
    thing._unlearn()
    assert thing.size == 8
    Thing.answers = [{**FULL, "Size": 9}]
    assert thing.refresh() is thing
    assert thing.size == 9


def test_a_load_that_fails_is_tried_again_and_keeps_what_was_known(cloud: Cloud, clock: FakeClock) -> None:
    Thing.answers = [FULL, ServiceError("down"), {**FULL, "State": {"Name": "off"}}]
    thing = Thing("t-1", cloud=cloud)
    assert thing.state == "on"
    clock.advance(10)
    with pytest.raises(ServiceError):
        thing.state  # noqa: B018
    assert thing.size == 7
    assert thing.state == "off"


def test_raw_is_all_that_aws_said_and_read_only(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)._learn({"Size": 3}, whole=False)
    assert dict(thing.raw) == FULL
    assert Thing.loads == 1
    assert thing.raw["Size"] == "7"
    assert Thing.loads == 1
    with pytest.raises(TypeError):
        thing.raw["Size"] = 1  # type: ignore[index]


def test_threads_see_the_old_or_the_new_and_never_a_mix(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)._learn({"A": 0, "B": 0}, whole=True)
    mixed: list[Any] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            raw = thing.raw
            if raw["A"] != raw["B"]:
                mixed.append(raw)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(3000):
        thing._learn({"A": number, "B": number}, whole=True)
    stop.set()
    for reader in readers:
        reader.join()
    assert mixed == []


# -- is it there -------------------------------------------------------------------------------------------------


def test_exists_is_false_only_if_aws_says_so(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)
    assert thing.exists() is True
    Thing.answers = [NotFound("no")]
    assert thing.exists() is False
    for error in (AccessDenied("no"), ServiceError("down"), InvalidRequest("what"), CloudError("?")):
        Thing.answers = [error]
        with pytest.raises(type(error)) as caught:
            thing.exists()
        assert caught.value is error


def test_a_resource_without_anything_to_load(cloud: Cloud) -> None:
    @define(eq=False, repr=False)
    class Bare(Resource):
        _service = THINGS
        id: str

    with pytest.raises(TypeError, match="Bare has nothing to load"):
        Bare("x", cloud=cloud).refresh()


# -- identity ----------------------------------------------------------------------------------------------------


def test_equal_is_class_identifiers_and_cloud(cloud: Cloud) -> None:
    @define(eq=False, repr=False)
    class Other(Thing):
        pass

    thing = Thing("t-1", cloud=cloud)
    alike = Thing("t-1", None, remark="something else", cloud=cloud)._learn(FULL, whole=True)
    assert thing == alike
    assert hash(thing) == hash(alike)
    assert {thing: 1}[alike] == 1
    for other in (
        Thing("t-2", cloud=cloud),
        Thing("t-1", "p", cloud=cloud),
        Thing("t-1", cloud=cloud.in_region("eu-west-1")),
        Other("t-1", cloud=cloud),
        "t-1",
        None,
    ):
        assert thing != other
    assert Thing.loads == 0


def test_what_people_see(cloud: Cloud) -> None:
    assert str(Thing("t-1", cloud=cloud)) == "t-1"
    assert str(Thing("t-1", "p", cloud=cloud)) == "t-1/p"
    assert repr(Thing("t-1", "p", cloud=cloud)) == "<Thing t-1/p>"
    assert repr(Thing("t-1", cloud=cloud)._learn(FULL, whole=False)) == "<Thing t-1 on>"
    assert Thing.loads == 0


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_travels_as_its_address(cloud: Cloud, protocol: int) -> None:
    thing = Thing("t-1", "p", remark="kept", cloud=cloud)._learn({"Secret": "canary"}, whole=True)
    data = pickle.dumps(thing, protocol)
    assert b"canary" not in data
    found = pickle.loads(data)
    assert found == thing
    assert found.remark == "kept"
    assert found._snapshot is None


def test_it_stays_in_the_cloud_it_was_made_in(cloud: Cloud) -> None:
    with cloud:
        thing = Thing("t-1")
    assert thing.cloud is cloud
    assert Thing("t-1").cloud is current_cloud()
    with pytest.raises(TypeError):
        Thing("t-1", "p", cloud)  # type: ignore[call-arg]


def test_attributes_cannot_be_set_by_mistake(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud)
    with pytest.raises(AttributeError):
        thing.sise = 5  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        thing.size = 5  # type: ignore[misc]


def test_it_is_let_go(cloud: Cloud) -> None:
    thing = Thing("t-1", cloud=cloud).refresh()
    held = weakref.ref(thing)
    del thing
    gc.collect()
    assert held() is None


# -- boto3's own -------------------------------------------------------------------------------------------------


def test_boto3_s_own_resource(cloud: Cloud) -> None:
    assert Bucket("acme", cloud=cloud).boto3_resource().name == "acme"
    summary = Object("acme", "a/b", "v1", cloud=cloud).boto3_resource()
    assert (summary.bucket_name, summary.key) == ("acme", "a/b")
    with pytest.raises(InvalidRequest, match="boto3 has no resource for Thing") as caught:
        Thing("t-1", cloud=cloud).boto3_resource()
    assert "cloud.client('things')" in str(caught.value)
