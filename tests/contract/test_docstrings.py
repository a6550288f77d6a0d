"""What a docstring says: its parts in order, every argument by name, and operations of AWS's that exist."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cloudkit._core.attributes import Attribute
from tests.contract import package
