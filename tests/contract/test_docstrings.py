"""What a docstring says: its parts in order, every argument by name, and operations of AWS's that exist."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

from cloudkit._core.resource import Attribute, Resource
from tests.contract import package
from tests.contract.test_operations import calls

SECTIONS = ("Attributes:", "Args:", "Returns:", "Yields:", "Raises:", "Examples:", "AWS:")
_OPERATION = re.compile(r"\b([a-z][a-z0-9-]*):([A-Z]\w+)")
# A line that leaves the operation to another docstring.
_BY_REFERENCE = re.compile(r"^(none\b|as |the operations? of |those of )")

CLASSES: list[type[Any]] = [
    Resource,
    *(each for each in package.public_classes() if not issubclass(each, BaseException)),
]
MEMBERS = [(cls, name, value) for cls in CLASSES for name, value in package.methods(cls)]


def sections(text: str) -> dict[str, str]:
    """The parts of a docstring by their heading; what comes before the first is under `""`."""
    parts: dict[str, str] = {"": ""}
    current = ""
    for line in inspect.cleandoc(text).splitlines():
        heading = next((each for each in SECTIONS if line.startswith(each)), None)
        if heading is not None:
            current = heading
            parts[current] = line.removeprefix(heading) + "\n"
        elif line and not line.startswith((" ", "\t")) and current not in ("", "AWS:"):
            current = ""
            parts[""] += line + "\n"
        else:
            parts[current] += line + "\n"
    return parts


def arguments_named(section: str) -> set[str]:
    """The arguments that an `Args` section describes."""
    found = re.findall(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*):(?:\s|$)", section, re.M)
    return {name.lstrip("*") for each in found for name in each.split(", ")}


def wrong(place: str, function: Any, *, calls_aws: bool) -> Iterator[str]:
    """What a method's docstring lacks."""
    text = function.__doc__
    if not text:
        yield f"{place} has no docstring"
        return
    found = sections(text)
    first = found[""].strip().split("\n\n")[0].replace("\n", " ")
    if not re.match(r"(?:[A-Z`]|boto3).*[.:]$", first):
        yield f"{place} does not begin with a sentence: {first[:60]!r}"
    order = [SECTIONS.index(each) for each in found if each]
    if order != sorted(order):
        yield f"{place}: its parts are not in order: {', '.join(each for each in found if each)}"
    expected = {name for name in inspect.signature(function).parameters if name not in ("self", "cls")}
    named = arguments_named(found.get("Args:", ""))
    if (calls_aws or "Args:" in found) and expected != named:
        missing, extra = sorted(expected - named), sorted(named - expected)
        yield f"{place}: Args lacks {missing} and has {extra} that are no arguments"
    if not calls_aws:
        return
    aws = found.get("AWS:")
    if aws is None:
        yield f"{place} has no AWS: line"
        return
    yield from _wrong_operations(place, aws)
    if expected and not aws.strip().startswith("none") and "Raises:" not in found:
        yield f"{place} takes arguments, and does not say what it raises"
    if ">>>" not in found.get("Examples:", ""):
        yield f"{place} has no Examples:"
    returns = str(inspect.signature(function).return_annotation)
    if returns not in ("None", "bool") and not {"Returns:", "Yields:"} & set(found) and "Args:" in found:
        yield f"{place} returns {returns}, and does not say what that is"


def _wrong_operations(place: str, line: str) -> Iterator[str]:
    named = _OPERATION.findall(line)
    if not named and not _BY_REFERENCE.match(line.strip()):
        yield f"{place}: AWS: {line.strip()!r} names no operation"
    for service, operation in named:
        if service not in _services() or operation not in package.operations(service).values():
            yield f"{place}: AWS has no {service}:{operation}"


@functools.cache
def _services() -> set[str]:
    import botocore.session

    return set(botocore.session.Session().get_available_services())


def _in_a_service(cls: type[Any]) -> bool:
    return cls.__module__.split(".")[1] in package.service_folders() or cls is Resource


@pytest.mark.parametrize(
    ("cls", "name", "value"), MEMBERS, ids=lambda each: getattr(each, "__name__", None) or "x"
)
def test_methods_say_what_they_do(cls: type[Any], name: str, value: Any) -> None:
    function = getattr(value, "__func__", value)
    assert list(wrong(f"{cls.__name__}.{name}", function, calls_aws=_in_a_service(cls))) == []


@pytest.mark.parametrize(
    ("cls", "name", "value"), MEMBERS, ids=lambda each: getattr(each, "__name__", None) or "x"
)
def test_what_a_method_calls_stands_in_its_aws_line(cls: type[Any], name: str, value: Any) -> None:
    function = getattr(value, "__func__", value)
    if not _in_a_service(cls) or cls is Resource:
        return
    line = sections(function.__doc__ or "").get("AWS:", "")
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {**vars(inspect.getmodule(cls)), "": cls}
    called = {
        f"{service}:{package.operations(service)[found]}" for _, _, service, found in calls(tree, names)
    }
    missing = [each for each in sorted(called) if each not in line]
    assert missing == []


@pytest.mark.parametrize("cls", package.public_classes(), ids=lambda cls: str(cls.__name__))
def test_classes_say_what_they_are(cls: type[Any]) -> None:
    text = cls.__doc__
    assert text, cls.__name__
    found = sections(text)
    assert re.match(r"[A-Z`].*[.:]", found[""].strip())
    if issubclass(cls, Resource):
        given = {
            name
            for name, each in inspect.signature(cls).parameters.items()
            if name not in ("self",) and not name.startswith("_")
        }
        assert arguments_named(found.get("Args:", "")) == given
        assert ">>>" in found.get("Examples:", "")
        assert "AWS:" in found


@pytest.mark.parametrize("cls", package.public_classes(), ids=lambda cls: str(cls.__name__))
def test_properties_have_a_line(cls: type[Any]) -> None:
    for name, value in package.members(cls).items():
        if isinstance(value, property) and not name.startswith("_"):
            assert value.fget is not None
            assert (value.fget.__doc__ or "").strip(), f"{cls.__name__}.{name}"


def test_attributes_read_what_some_answer_has() -> None:
    """Each step of a path is a word that the service's model knows, or of our own making."""
    # A key of a map that is younger than the oldest botocore is read all the same.
    own = {("Object", "IsDeleteMarker"), ("Topic", "MaximumMessageSize")}
    for cls in package.resources():
        # Keys of maps, such as the attributes of queues and topics, stand in the documentation alone.
        known = words(cls._service.name)
        for name, value in package.members(cls).items():
            if isinstance(value, Attribute) and (cls.__name__, value.path) not in own:
                assert set(value.path.split(".")) <= known, f"{cls.__name__}.{name}: {value.path}"


def words(service: str) -> set[str]:
    import botocore.session

    loader = botocore.session.Session().get_component("data_loader")
    return set(re.findall(r"\w+", json.dumps(loader.load_service_model(service, "service-2"))))


def test_what_is_wrong_is_found() -> None:
    def bare(self: object) -> None: ...

    def poor(self: object, size: int, *, more: str) -> int:
        """does something

        Raises:
            E: x
        Args:
            size: How big.
            colour: Which.

        AWS: s3:PutObjekt, s4:PutObject
        """
        return size

    def vague(self: object, size: int) -> None:
        """Do it.

        AWS: something
        """

    assert list(wrong("here", bare, calls_aws=True)) == ["here has no docstring"]
    found = "\n".join(wrong("here", poor, calls_aws=True))
    for said in (
        "does not begin with a sentence",
        "not in order",
        "lacks ['more'] and has ['colour']",
        "no s3:PutObjekt",
        "no s4:PutObject",
        "no Examples:",
        "does not say what that is",
    ):
        assert said in found
    found = "\n".join(wrong("here", vague, calls_aws=True))
    assert "names no operation" in found
    assert "does not say what it raises" in found
