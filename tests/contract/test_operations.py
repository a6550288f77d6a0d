"""Every operation and every parameter that the package names exists in botocore's model, in the oldest and the newest."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from cloudkit._core.service import Service
from tests.contract import package

# What calls AWS, and the arguments that are its own and no parameters of AWS's.
_OWN: dict[str, set[str]] = {
    "_call": {"aws"},
    "call": set(),
    "invoke": {"aws", "about", "late"},
    "pages": {"page_size", "aws", "about"},
    "paged": {"of", "build_page", "keep", "page_rows", "about", "aws"},
}
# These take an operation's name alone.
_NAMING = {"run", "read_all", "entry_error"}


def calls(tree: ast.AST, names: Mapping[str, object]) -> Iterator[tuple[ast.Call, str, str, str]]:
    """Each call that names an operation: the node, the function, the service and the operation."""
    for owner, node in _with_classes(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if function == "_call":
            operation = _text(node.args[0]) if node.args else None
            service = getattr(names.get(owner), "_service", None)
            if operation is not None and isinstance(service, Service):
                yield node, function, service.name, operation
            continue
        for first, second in zip(node.args, node.args[1:], strict=False):
            named = names.get(first.id) if isinstance(first, ast.Name) else None
            plain = _text(first) if function == "call" else None
            operation = _text(second)
            if operation and (isinstance(named, Service) or plain is not None):
                yield node, function, named.name if isinstance(named, Service) else str(plain), operation
                break


def _with_classes(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        yield owner, node
        yield from _with_classes(node, node.name if isinstance(node, ast.ClassDef) else owner)


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def problems(tree: ast.AST, names: Mapping[str, object], where: str) -> Iterator[str]:
    """What is named and is not in the model."""
    for node, function, service, operation in calls(tree, names):
        place = f"{where}:{node.lineno}: {service}:{operation}"
        known = package.operations(service)
        if operation not in known:
            yield f"{place} is no operation"
            continue
        if function in _NAMING:
            continue
        own = _OWN.get(function)
        if own is None:
            yield f"{place}: the test does not know what the arguments of {function}() are"
            continue
        shape = package.model(service).operation_model(known[operation]).input_shape
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg not in {None, *own}}
        for name, value in given.items():
            yield from _wrong(shape, str(name), value, place)
        for value in node.args:
            if isinstance(value, ast.Dict):
                yield from _wrong_value(shape, value, place)


def passed_on(trees: list[ast.Module], services: set[str]) -> Iterator[str]:
    """Operations that a folder gives to functions of its own with a parameter `operation`, and that are none."""
    places: dict[str, int] = {}
    for function in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        arguments = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
        if "operation" in arguments and function.name not in (*_OWN, *_NAMING):
            places[function.name] = arguments.index("operation")
    known = {name for service in services for pair in package.operations(service).items() for name in pair}
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in places:
            continue
        given = [each.value for each in node.keywords if each.arg == "operation"] or node.args[
            places[name] :
        ][:1]
        operation = _text(given[0]) if given else None
        if operation is not None and operation not in known:
            yield f"line {node.lineno}: {name}() is given {operation!r}"


def _wrong(shape: Any, name: str, value: ast.AST, place: str) -> Iterator[str]:
    if shape is None or name not in shape.members:
        yield f"{place} has no {name}"
    else:
        yield from _wrong_value(shape.members[name], value, f"{place} {name}")


def _wrong_value(shape: Any, value: ast.AST, place: str) -> Iterator[str]:
    if isinstance(value, ast.Dict) and shape.type_name == "structure":
        for key, inner in zip(value.keys, value.values, strict=True):
            name = None if key is None else _text(key)
            if name is not None:
                yield from _wrong(shape, name, inner, place)
    elif isinstance(value, ast.List) and shape.type_name == "list":
        for each in value.elts:
            yield from _wrong_value(shape.member, each, place)
    elif isinstance(value, (ast.ListComp, ast.GeneratorExp)) and shape.type_name == "list":
        yield from _wrong_value(shape.member, value.elt, place)
    elif isinstance(value, ast.IfExp):
        yield from _wrong_value(shape, value.body, place)
        yield from _wrong_value(shape, value.orelse, place)
    text, known = _text(value), getattr(shape, "enum", None)
    if text is not None and known and text not in known:
        yield f"{place} is never {text!r}"


@pytest.mark.parametrize("module", package.service_modules(), ids=lambda module: module.__name__)
def test_operations_and_parameters_exist(module: ModuleType) -> None:
    assert list(problems(package.source(module), vars(module), module.__name__)) == []


def test_the_core_s_own_too() -> None:
    found = [
        each
        for module in package.modules()
        if module not in package.service_modules()
        for each in problems(package.source(module), vars(module), module.__name__)
    ]
    assert found == []


def test_operations_of_every_service_are_looked_at() -> None:
    seen = {
        (service, operation)
        for module in package.service_modules()
        for _, _, service, operation in calls(package.source(module), vars(module))
    }
    for folder in package.service_folders():
        named = {value.name for value in vars(_service_of(folder)).values() if isinstance(value, Service)}
        assert {service for service, _ in seen} & named, folder
    assert {operation for service, operation in seen if service == "s3"} > {"put_object", "list_objects_v2"}


@pytest.mark.parametrize("folder", package.service_folders())
def test_operations_that_are_passed_on_exist(folder: str) -> None:
    inside = [module for module in package.service_modules() if module.__name__.split(".")[1] == folder]
    named = {value.name for value in vars(_service_of(folder)).values() if isinstance(value, Service)}
    assert list(passed_on([package.source(module) for module in inside], named)) == []


def test_a_wrong_one_that_is_passed_on_is_found() -> None:
    text = """
def send(self, first, operation, *, x=1):
    pass
send(1, "put_object")
send(1, operation="PutObject")
self.send(1, "put_objekt")
send(1, operation="PutObjekt")
"""
    found = list(passed_on([ast.parse(text)], {"s3"}))
    assert found == ["line 6: send() is given 'put_objekt'", "line 7: send() is given 'PutObjekt'"]


def _service_of(folder: str) -> ModuleType:
    return next(module for module in package.modules() if module.__name__ == f"cloudkit.{folder}._service")


@pytest.mark.parametrize("service", package.services().values(), ids=lambda service: str(service.name))
def test_operations_in_tables_of_codes_exist(service: Service) -> None:
    names = set(package.operations(service.name).values())
    for key in (*service.errors, *service.hints):
        operation, separator, _ = key.partition(":")
        assert not separator or operation in names, key


def test_a_service_has_boto3_s_resource_if_it_says_so() -> None:
    import boto3

    theirs = boto3.Session(region_name="us-east-1").get_available_resources()
    for service in package.services().values():
        assert service.has_boto3_resource == (service.name in theirs), service.name


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('cloud.invoke(S3, "put_objekt", {"Bucket": "b"})', "put_objekt is no operation"),
        ('cloud.invoke(S3, "PutObject", {})', "PutObject is no operation"),
        ('cloud.invoke(S3, "put_object", {"Bukket": "b"}, about=1)', "has no Bukket"),
        ('paged(cloud, S3, "list_objects_v2", "Contents", f, of="x", Prefiks="b")', "has no Prefiks"),
        ('cloud.pages(S3, "list_objects_v2", page_size=1, about=2, Prefiks="b")', "has no Prefiks"),
        ('cloud.pages(S3, "list_buckets", Name="b")', "has no Name"),
        ('cloud.call("s3", "put_objekt")', "put_objekt is no operation"),
        ('cloud.call("s3", "put_object", about="x")', "has no about"),
        ('cloud.run(S3, "put_objekt", self, work)', "put_objekt is no operation"),
        ('entry_error(S3, "delete_objekts", code="x")', "delete_objekts is no operation"),
        ('cloud.invoke(S3, "delete_objects", {"Delete": {"Objects": [{"Kee": 1}]}})', "Objects has no Kee"),
        (
            'cloud.invoke(S3, "delete_objects", {"Delete": {"Objects": [{"Kee": k} for k in x]}})',
            "has no Kee",
        ),
        (
            'cloud.invoke(S3, "put_bucket_versioning", {"VersioningConfiguration": {"Status": "On"}})',
            "never 'On'",
        ),
        ('cloud.send(S3, "put_object", Bucket=1)', "does not know what the arguments of send"),
        ('class Bucket:\n def f(self):\n  self._call("head_bukket")', "head_bukket is no operation"),
        ('class Bucket:\n def f(self):\n  self._call("head_bucket", aws=None, Name=1)', "has no Name"),
    ],
)
def test_what_is_wrong_is_found(line: str, said: str) -> None:
    from cloudkit import Bucket
    from cloudkit.s3._service import S3

    (found,) = problems(ast.parse(line), {"S3": S3, "Bucket": Bucket}, "here")
    assert said in found


def test_what_is_right_is_left_alone() -> None:
    from cloudkit import Bucket
    from cloudkit.s3._service import S3

    right = """
cloud.invoke(S3, "put_object", {"Bucket": "b", **more, name: 1}, aws=aws, about=self)
paged(cloud, S3, "list_objects_v2", "Contents", f, of="x", keep=g, page_rows=(1, 2), Bucket="b")
class Bucket:
    def f(self):
        self._call("put_bucket_versioning", Bucket="b", VersioningConfiguration={"Status": "Enabled"}, **more)
        self._call(operation, Anything=1)
"""
    assert list(problems(ast.parse(right), {"S3": S3, "Bucket": Bucket}, "here")) == []
