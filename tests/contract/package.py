"""What the package consists of, found by walking it, so that a new service is under contract by being there."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
from botocore import xform_name

import cloudkit
from cloudkit._core.resource import Resource
from cloudkit._core.service import Service

ROOT = Path(cloudkit.__file__).parent
# Folders of the package that are no services.
_OTHERS = {"_core", "_local", "demo"}


def service_folders() -> list[str]:
    """The names of the service folders, such as `"s3"`."""
    return [
        each.name
        for each in pkgutil.iter_modules(cloudkit.__path__)
        if each.ispkg and each.name not in _OTHERS
    ]


@functools.cache
def modules() -> list[ModuleType]:
    """All modules of the package that can be imported without effect."""
    found = pkgutil.walk_packages(cloudkit.__path__, "cloudkit.")
    return [importlib.import_module(each.name) for each in found if not each.name.endswith("__main__")]


def service_modules() -> list[ModuleType]:
    """The modules of the service folders."""
    folders = service_folders()
    return [module for module in modules() if module.__name__.split(".")[1] in folders]


def services() -> dict[str, Service]:
    """Each service that a folder describes, by boto3's name of it."""
    return {
        value.name: value
        for module in service_modules()
        for value in vars(module).values()
        if isinstance(value, Service)
    }


def resources() -> list[type[Resource]]:
    """Every class of AWS objects, without those that others are made of."""
    found = {
        value
        for module in service_modules()
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Resource) and value is not Resource
    }
    found -= {base for cls in found for base in made_of(cls)}
    return sorted(found, key=lambda cls: (cls.__module__, cls.__name__))


def public_classes() -> list[type[Any]]:
    """Every class that a user can import, from the package or from a service's folder."""
    homes = [cloudkit, *(importlib.import_module(f"cloudkit.{folder}") for folder in service_folders())]
    found = {
        value
        for home in homes
        for name in home.__all__
        if inspect.isclass(value := getattr(home, name)) and value.__module__.startswith("cloudkit")
    }
    return sorted(found, key=lambda cls: (cls.__module__, cls.__name__))


def made_of(cls: type[Any]) -> list[type[Any]]:
    """The classes between one of AWS objects and `Resource`, which have what it is without its verbs."""
    return [each for each in cls.__mro__[1:] if issubclass(each, Resource) and each is not Resource]


def members(cls: type[Any]) -> dict[str, Any]:
    """What a class itself defines, and those that it is made of."""
    return {name: value for each in (*made_of(cls)[::-1], cls) for name, value in vars(each).items()}


def methods(cls: type[Any]) -> Iterator[tuple[str, Any]]:
    """The public methods that a class itself defines, classmethods and staticmethods unwrapped."""
    for name, value in members(cls).items():
        inner = getattr(value, "__func__", value)
        if not name.startswith("_") and inspect.isfunction(inner):
            yield name, value


def source(module: ModuleType) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(Path(str(module.__file__)).read_text(), str(module.__file__))


_session = botocore.session.Session()


@functools.cache
def model(service: str) -> Any:
    """botocore's model of a service."""
    return _session.get_service_model(service)


@functools.cache
def operations(service: str) -> dict[str, str]:
    """AWS's name of each operation of a service, by boto3's name of it."""
    return {xform_name(name): name for name in model(service).operation_names}
