from __future__ import annotations

import ast
import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import cloudkit
from tests.contract import package

# What cloudkit itself catches, and a user never meets.
CAUGHT_INSIDE = {"WouldSucceed"}
TREE = ast.parse(Path(cloudkit.__file__).read_text())


def type_checking_imports() -> dict[str, str]:
    """The home of each name that a type checker sees."""
    (block,) = [
        node
        for node in TREE.body
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    ]
    found: dict[str, str] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for each in node.names:
            assert each.asname == each.name, f"{each.name} is not exported: `from x import a as a`"
            assert each.name not in found, f"{each.name} twice"
            found[each.name] = str(node.module)
    return found


def test_what_type_checkers_see_is_what_there_is() -> None:
    homes = {name: home for home, names in cloudkit._HOMES.items() for name in names}
    assert type_checking_imports() == homes
    assert cloudkit.__all__ == sorted([*homes, "__version__"])


@pytest.mark.parametrize("name", cloudkit.__all__)
def test_every_export_is_there(name: str) -> None:
    value = getattr(cloudkit, name)
    assert name in dir(cloudkit)
    if name != "__version__":
        home = importlib.import_module(type_checking_imports()[name])
        assert getattr(home, name) is value


def test_private_names_are_no_exports() -> None:
    assert not [name for name in cloudkit.__all__ if name.startswith("_") and name != "__version__"]
    with pytest.raises(AttributeError, match="no attribute 'Bukket'"):
        cloudkit.Bukket  # noqa: B018
    with pytest.raises(ImportError):
        exec("from cloudkit import Bukket")


@pytest.mark.parametrize("folder", package.service_folders())
def test_a_service_exports_what_its_folder_exports(folder: str) -> None:
    home = importlib.import_module(f"cloudkit.{folder}")
    assert list(home.__all__) == sorted(home.__all__)
    modules = [
        module for module in package.service_modules() if module.__name__.startswith(f"{home.__name__}.")
    ]
    for name in home.__all__:
        value = getattr(home, name)
        # An alias of types does not know where it was made.
        known = [module for module in modules if vars(module).get(name) is value]
        assert value.__module__.startswith(f"{home.__name__}.") or known, name


def test_every_error_a_service_defines_can_be_caught_by_name() -> None:
    for folder in package.service_folders():
        home = importlib.import_module(f"cloudkit.{folder}")
        errors = importlib.import_module(f"cloudkit.{folder}.errors")
        for name, value in vars(errors).items():
            if isinstance(value, type) and value.__module__ == errors.__name__:
                assert issubclass(value, cloudkit.CloudError)
                assert (name in home.__all__) is (name not in CAUGHT_INSIDE), f"cloudkit.{folder}: {name}"
                assert type(pickle.loads(pickle.dumps(value("no")))) is value


def test_a_star_import_gives_all_of_it() -> None:
    code = "from cloudkit import *; import cloudkit; assert set(cloudkit.__all__) <= set(globals()); print(len(cloudkit.__all__))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout == f"{len(cloudkit.__all__)}\n", run.stderr


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("cloudkit")
    except PackageNotFoundError:
        return  # run from a tree that is not installed
    assert installed == cloudkit.__version__
