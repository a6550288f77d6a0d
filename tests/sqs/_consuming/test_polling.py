from __future__ import annotations

import math

import pytest

from cloudkit import (
    AccessDenied,
    CloudError,
    ConnectionFailed,
    CredentialsError,
    InvalidRequest,
    LimitExceeded,
    QueueNotFound,
    ServiceError,
    Throttled,
)
from cloudkit.sqs._consuming.polling import Polling, ends_all


def polling() -> Polling:
    return Polling(lambda seconds: seconds)


def test_one_at_a_time_for_all_that_are_free() -> None:
    polls = polling()
    assert polls.begin(0, 0, busy=True) == []
    assert polls.begin(8, 0, busy=False) == [(1, 8)]
    assert polls.wanted == 8
    assert polls.begin(8, 0, busy=False) == []
    assert polls.wake == math.inf
    polls.answered(1, 3)
    assert polls.wanted == 0
    assert polls.begin(25, 1, busy=False) == [(2, 10)]


def test_a_free_worker_waits_a_moment_for_others() -> None:
    polls = polling()
    assert polls.begin(1, 5.0, busy=True) == []
    assert polls.wake == 5.01
    assert polls.begin(3, 5.01, busy=True) == [(1, 3)]
    polls.answered(1, 3)
    assert polls.begin(10, 6.0, busy=True) == [(2, 10)]


def test_a_worker_that_is_busy_again_ends_the_wait() -> None:
    polls = polling()
    polls.begin(1, 5.0, busy=True)
    polls.begin(0, 5.005, busy=True)
    assert polls.begin(1, 6.0, busy=True) == []


def test_more_polls_while_they_are_full() -> None:
    polls = polling()
    [(first, _)] = polls.begin(100, 0, busy=False)
    polls.answered(first, 10)
    assert len(polls.begin(100, 0, busy=True)) == 2
    polls.answered(2, 10)
    polls.answered(3, 10)
    assert [limit for _, limit in polls.begin(25, 0, busy=True)] == [10, 10, 5]
    polls.answered(4, 9)
    assert polls.begin(100, 0, busy=True) == []


def test_full_of_less_than_ten_is_not_plenty() -> None:
    polls = polling()
    polls.begin(3, 0, busy=False)
    polls.answered(1, 3)
    assert len(polls.begin(20, 0, busy=False)) == 1


def test_empty_polls_are_counted_and_not_hurried() -> None:
    polls = polling()
    polls.begin(8, 10.0, busy=False)
    polls.answered(1, 0)
    assert polls.empties == 1
    assert polls.begin(8, 10.5, busy=False) == []
    assert polls.wake == 11.0
    assert polls.begin(8, 11.0, busy=False)
    polls.answered(2, 1)
    assert polls.empties == 0


def test_a_poll_that_began_before_says_nothing_about_now() -> None:
    polls = polling()
    polls.begin(8, 10.0, busy=False)
    polls.start_over(11.0)
    polls.answered(1, 0)
    assert polls.empties == 0
    polls.begin(8, 12.0, busy=False)
    polls.answered(2, 0)
    assert polls.empties == 1


def test_failures_are_waited_out() -> None:
    polls = polling()
    now = 0.0
    pauses = []
    for number in range(1, 9):
        assert polls.begin(8, now, busy=False) == [(number, 8)]
        pauses.append(polls.failed(number, now))
        assert polls.wake == now + pauses[-1]
        now = polls.wake
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]
    polls.begin(8, now, busy=False)
    polls.answered(9, 1)
    polls.begin(8, now, busy=False)
    assert polls.failed(10, now) == 0.5


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (ConnectionFailed("reset"), False),
        (LimitExceeded("too many in flight"), False),
        (Throttled("slower", retryable=True), False),
        (ServiceError("503", retryable=True), False),
        (CredentialsError("expired"), True),
        (AccessDenied("no"), True),
        (QueueNotFound("gone"), True),
        (InvalidRequest("never"), True),
        (CloudError("?"), True),
    ],
)
def test_what_a_person_has_to_see_to(error: CloudError, ends: bool) -> None:
    assert ends_all(error) is ends
