from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.errors import InvalidRequest
from cloudkit.s3._given import below, lasting, lifetime, moment, past, spelled_right, whole
from cloudkit.s3._limits import MAX_PRESIGN_SECONDS

UTC = timezone.utc
NAIVE = datetime(2030, 1, 1)  # noqa: DTZ001 - that is the point


def now() -> datetime:
    return datetime.now(UTC)


def test_numbers() -> None:
    assert whole("size", 0) == 0
    assert whole("attempts", 3, 1) == 3
    wrong: list[Any] = [True, False, 1.0, "1", None, b"1"]
    for each in wrong:
        with pytest.raises(InvalidRequest, match="whole number"):
            whole("size", each)
    with pytest.raises(InvalidRequest, match="attempts=0: it is 1 or more"):
        whole("attempts", 0, 1)


def test_time_spans() -> None:
    assert (lasting("ttl", 5), lasting("ttl", 0.5), lasting("ttl", timedelta(minutes=1))) == (5.0, 0.5, 60.0)
    wrong: list[Any] = [True, "5", None, now(), float("nan"), float("inf")]
    for each in wrong:
        with pytest.raises(InvalidRequest, match="ttl="):
            lasting("ttl", each)
    with pytest.raises(InvalidRequest, match="or a timedelta, or an end"):
        lasting("ttl", "5", also="an end")


def test_moments() -> None:
    when = now()
    assert moment("at", when) is when
    wrong: list[tuple[Any, str, str]] = [
        (NAIVE, "no time zone", "tzinfo=timezone.utc"),
        (date(2030, 1, 2), "it is a moment", "datetime(2030, 1, 2, tzinfo"),
        (timedelta(days=1), "it is a moment", "+ timedelta"),
        ("2030-01-01", "it is a moment", "fromisoformat"),
        (60, "it is a moment", "timedelta(seconds=...)"),
        (True, "it is a moment", "datetime(2030"),
        (None, "it is a moment", "datetime(2030"),
    ]
    for given_, said, hint in wrong:
        with pytest.raises(InvalidRequest, match=said) as caught:
            moment("at", given_)
        assert caught.value.hint is not None
        assert hint in caught.value.hint
    assert past("at", when) is when
    with pytest.raises(InvalidRequest, match="still to come"):
        past("at", now() + timedelta(minutes=1))
    with pytest.raises(InvalidRequest) as caught:
        past("at", timedelta(days=1))
    assert "- timedelta" in str(caught.value.hint)


def test_what_is_signed_ends() -> None:
    assert lifetime("expires", 5) == lifetime("expires", timedelta(seconds=5)) == 5
    assert lifetime("expires", 0.6) == 1
    assert lifetime("expires", timedelta(days=7)) == MAX_PRESIGN_SECONDS
    assert 3590 < lifetime("expires", now() + timedelta(hours=1)) <= 3600
    wrong: list[Any] = [
        0,
        0.4,
        -1,
        True,
        "60",
        None,
        float("nan"),
        float("inf"),
        timedelta(days=8),
        timedelta(0),
        MAX_PRESIGN_SECONDS + 1,
        NAIVE,
        now(),
        now() - timedelta(days=1),
        now() + timedelta(days=8),
        date(2030, 1, 1),
    ]
    for each in wrong:
        with pytest.raises(InvalidRequest, match="expires="):
            lifetime("expires", each)
    with pytest.raises(InvalidRequest, match="7 days"):
        lifetime("expires", timedelta(days=8))


def test_words() -> None:
    known = ("STANDARD", "STANDARD_IA")
    assert (
        spelled_right("storage_class", "STANDARD_IA", known, "StorageClass", open_ended=False)
        == "STANDARD_IA"
    )
    assert spelled_right("storage_class", "COLD", known, "StorageClass", open_ended=False) == "COLD"
    assert (
        spelled_right("storage_class", "STANDARD_X", known, "StorageClass", open_ended=True) == "STANDARD_X"
    )
    for word, open_ended in (("STANDARD_X", False), ("standard-ia", True), ("Standard IA", False)):
        with pytest.raises(InvalidRequest) as caught:
            spelled_right("storage_class", word, known, "StorageClass", open_ended=open_ended)
        assert "aws={'StorageClass'" in str(caught.value.hint)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), max_size=5), max_size=4
    )
)
def test_names_below_a_prefix(parts: list[str]) -> None:
    name = "/".join(parts)
    if not name or name.startswith("/") or {".", ".."} & set(parts):
        with pytest.raises(InvalidRequest) as caught:
            below("a/", name)
        assert caught.value.hint == f"bucket[{'a/' + name!r}] is the object of just that key"
    else:
        assert below("a/", name) == f"a/{name}"
