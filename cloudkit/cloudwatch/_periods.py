"""How long the periods are that points stand for: by their age, and by how many there would be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta, timezone

from cloudkit.cloudwatch._limits import (
    DAY_SECONDS,
    FINE_PERIODS,
    FINEST_DAYS,
    FIVE_MINUTES_DAYS,
    HOUR_SECONDS,
    HOURS_DAYS,
    MAX_CHOSEN_POINTS,
    MINUTE_SECONDS,
    MINUTES_DAYS,
    PERIODS,
)
from cloudkit.cloudwatch._spans import now, written
from cloudkit.errors import InvalidRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def checked_period(period: int) -> int:
    """The period, if CloudWatch has any such."""
    if period not in FINE_PERIODS and (period < MINUTE_SECONDS or period % MINUTE_SECONDS):
        raise InvalidRequest(
            f"period={period}: it is {', '.join(map(str, FINE_PERIODS))} or a multiple of {MINUTE_SECONDS} seconds"
        )
    return period


def coarsest_kept(start: datetime) -> int:
    """The period that a period must be a multiple of, so that points as old as that are there.

    Raises:
        InvalidRequest: Nothing as old as that is.
    """
    age = (now() - start).total_seconds() / DAY_SECONDS
    if age > HOURS_DAYS + 1:
        raise InvalidRequest(
            f"start={start:%Y-%m-%d}: CloudWatch keeps nothing longer than {HOURS_DAYS} days",
            hint=f"last('{HOURS_DAYS}d') is all there is",
        )
    if age > FIVE_MINUTES_DAYS:
        return HOUR_SECONDS
    if age > MINUTES_DAYS:
        return 5 * MINUTE_SECONDS
    # A margin, since time goes by until the request is there.
    return MINUTE_SECONDS if age > FINEST_DAYS + MINUTE_SECONDS / DAY_SECONDS else 1


def usual_period(every: Collection[int]) -> int:
    """The shortest period that makes sense for metrics that are read together.

    Args:
        every: Seconds between the points of each.
    """
    longest = max(every, default=MINUTE_SECONDS)
    if len(set(every)) > 1:
        # A sum of five minutes divided by one of a minute is neither's rate.
        return longest
    # Of a metric that has one point a day, shorter periods are empty. Those of five minutes may have more.
    return longest if longest < MINUTE_SECONDS or longest > HOUR_SECONDS else MINUTE_SECONDS


def chosen_period(start: datetime, end: datetime, usual: int) -> int:
    """The shortest period that points of that age have, and that makes no more of them than a chart shows.

    Args:
        start: The beginning of what is read.
        end: Its end.
        usual: The shortest that makes sense.
    """
    kept = coarsest_kept(start)
    least = max(kept, usual)
    length = (end - start).total_seconds()
    for period in PERIODS:
        if period >= least and period % kept == 0 and length / period <= MAX_CHOSEN_POINTS:
            return period
    return PERIODS[-1]


def fitting_period(period: int, start: datetime) -> int:
    """A period of the caller's, if points that old have it."""
    kept = coarsest_kept(start)
    if checked_period(period) % kept:
        raise InvalidRequest(
            f"period={period}: of points as old as {start:%Y-%m-%d %H:%M} CloudWatch keeps those of"
            f" {written(kept)} alone, and gives none for other periods",
            hint=f"period={max(kept, period - period % kept)}, or none: then it is chosen",
        )
    return period


def aligned(start: datetime, period: int) -> datetime:
    """The beginning of the period that a time falls in."""
    length = timedelta(seconds=period)
    return _EPOCH + (start - _EPOCH) // length * length
