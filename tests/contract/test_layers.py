"""Who may import whom. import-linter checks the order of the layers; this is what it would be slow or unable to say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.contract import package

BELOW = {"boto3", "botocore", "s3transfer", "moto", "jmespath"}
ALLOWED: set[tuple[str, str]] = set()
# Things that belong in the core: threads and waiting in one place, and no second way to the network.
CORE_ONLY = {
    "threading",
    "concurrent",
    "asyncio",
    "time",
    "socket",
    "subprocess",
    "multiprocessing",
    "pickle",
    "random",
    "signal",
}
# A lock around a number, and a random name of a file.
CORE_ONLY_ALLOWED = {("cloudkit.s3._files.multipart", "threading")}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield str(node.module)


def tops(module: ModuleType) -> set[str]:
    return {name.partition(".")[0] for name in imports(package.source(module))}


@pytest.mark.parametrize("module", package.service_modules(), ids=lambda module: module.__name__)
def test_a_service_reaches_aws_through_the_core_alone(module: ModuleType) -> None:
    used = {(module.__name__, top) for top in tops(module)}
    assert {(name, top) for name, top in used if top in BELOW} <= ALLOWED


@pytest.mark.parametrize("module", package.service_modules(), ids=lambda module: module.__name__)
def test_a_service_neither_waits_nor_starts_threads(module: ModuleType) -> None:
    used = {(module.__name__, top) for top in tops(module)}
    assert {(name, top) for name, top in used if top in CORE_ONLY} <= CORE_ONLY_ALLOWED


@pytest.mark.parametrize("module", package.service_modules(), ids=lambda module: module.__name__)
def test_a_service_pauses_within_the_deadline(module: ModuleType) -> None:
    """By `backoff`, that is: a clock knows of no deadline."""
    for node in ast.walk(package.source(module)):
        assert not (isinstance(node, ast.Attribute) and node.attr == "sleep"), (
            f"{module.__name__}:{node.lineno}"
        )


@pytest.mark.parametrize("module", package.modules(), ids=lambda module: module.__name__)
def test_nothing_large_is_imported_with_the_module(module: ModuleType) -> None:
    if module.__name__ in ("cloudkit.testing",):
        return  # pytest's own plugin
    top_level = [
        name
        for node in package.source(module).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in imports(ast.Module([node], []))
    ]
    assert not {name.partition(".")[0] for name in top_level} & {*BELOW, "rich", "pytest"}


def test_services_import_no_service_beside_them() -> None:
    upwards = {("cloudkit.ec2.instance", "elb")}  # a noun that names another, by a method
    floors = {"elb": 1, "sns": 1, "autoscaling": 2}  # those that are not named are on the ground
    for module in package.service_modules():
        own = module.__name__.split(".")[1]
        for name in imports(package.source(module)):
            other = name.split(".")[1] if name.startswith("cloudkit.") else own
            if other in package.service_folders() and other not in (own, "cloudwatch"):  # that is below all
                named = (module.__name__, other) in upwards
                assert named or floors.get(own, 0) > floors.get(other, 0), f"{module.__name__} imports {name}"


@pytest.mark.parametrize("module", package.service_modules(), ids=lambda module: module.__name__)
def test_errors_become_ours_in_one_place(module: ModuleType) -> None:
    """No service catches what the layer below raises: it names codes, as data."""
    for node in ast.walk(package.source(module)):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            named = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
            assert not named & {"Exception", "ClientError", "BotoCoreError"}, (
                f"{module.__name__}:{node.lineno}"
            )
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{module.__name__}:{node.lineno}: a bare except"


@pytest.mark.parametrize("module", package.modules(), ids=lambda module: module.__name__)
def test_a_file_is_about_one_thing(module: ModuleType) -> None:
    assert module.__name__.rpartition(".")[2] not in {"utils", "util", "helpers", "common", "base", "misc"}


@pytest.mark.parametrize("folder", package.service_folders())
def test_a_service_s_numbers_have_names(folder: str) -> None:
    """Limits stand in `_limits.py`, each with where it comes from."""
    names = {module.__name__ for module in package.service_modules()}
    assert {f"cloudkit.{folder}._service", f"cloudkit.{folder}._limits"} <= names
    path = package.ROOT / folder / "_limits.py"
    lines = path.read_text().splitlines()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            around = lines[node.lineno - 2 : node.end_lineno]
            assert around[0].startswith("#") or any("  # " in line for line in around[1:]), (
                f"{path.name}:{node.lineno}"
            )
