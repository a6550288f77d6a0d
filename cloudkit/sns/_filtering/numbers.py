"""Numbers as SNS compares them: exact, with five digits after the point, up to a billion."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import TypeAlias, TypeGuard

from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import FILTER_DECIMALS, MAX_FILTER_NUMBER

Number: TypeAlias = int | float | Decimal
"""What a filter can compare with."""

_LIMIT = Decimal(MAX_FILTER_NUMBER)
_STEP = Decimal(1).scaleb(-FILTER_DECIMALS)
# The caller's own context may have fewer digits, or another way to round.
_EXACT = Context(prec=len(str(MAX_FILTER_NUMBER)) + FILTER_DECIMALS, rounding=ROUND_DOWN)


def is_number(value: object) -> TypeGuard[Number]:
    """Whether it is a number; truth values are none."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def exact(value: Number) -> Decimal:
    """The number as it is written: 0.1 is a tenth."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def checked_number(where: str, value: Number) -> int | float:
    """A number of a policy in JSON's form, if SNS compares with such a number exactly.

    Args:
        where: What it is, for the error.
        value: The number.

    Raises:
        InvalidRequest: It is too large, or has too many digits.
    """
    number = exact(value)
    if not number.is_finite() or number.copy_abs() > _LIMIT:
        raise InvalidRequest(
            f"{where} is {value}: SNS compares numbers from -{MAX_FILTER_NUMBER:,} to {MAX_FILTER_NUMBER:,}"
        )
    if number != _cut(number):
        raise InvalidRequest(
            f"{where} is {value}: SNS compares {FILTER_DECIMALS} digits after the point, and no more",
            hint=f"{_cut(number)} is near",
        )
    return int(number) if number == number.to_integral_value() else float(number)


def compared(value: Number) -> Decimal | None:
    """A message's number as SNS compares it: further digits are cut off; None if it is out of reach."""
    number = exact(value)
    if not number.is_finite() or number.copy_abs() > _LIMIT:
        return None
    return _cut(number)


def _cut(number: Decimal) -> Decimal:
    return number.quantize(_STEP, context=_EXACT)
