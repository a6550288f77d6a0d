from __future__ import annotations

import pytest

from cloudkit import InvalidRequest
from cloudkit.elb.target import arn_of, checked_port, id_of, ids_of
from tests.elb.machines import Box


def test_an_id_is_given_by_itself_or_by_what_has_it() -> None:
    assert id_of("target", "i-1") == "i-1"
    assert id_of("target", Box("i-2")) == "i-2"
    assert ids_of("target", ["i-1", Box("i-2"), Box("i-1")]) == ("i-1", "i-2")


@pytest.mark.parametrize("wrong", ["", "i 1", None, 7, Box("")])
def test_what_has_no_id_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="neither an object with an id nor an id"):
        id_of("target", wrong)


def test_a_list_where_targets_are_given_one_by_one_says_so() -> None:
    with pytest.raises(InvalidRequest) as caught:
        ids_of("target", [["i-1", "i-2"]])
    assert caught.value.hint == "give the targets one by one"


def test_text_where_a_list_is_due_says_so() -> None:
    with pytest.raises(InvalidRequest) as caught:
        ids_of("subnet", "subnet-1")
    assert caught.value.hint == "['subnet-1']"


@pytest.mark.parametrize("wrong", [0, 65536, -1, True, "80", 80.0, None])
def test_what_is_no_port_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidRequest, match="1 to 65535"):
        checked_port("port", wrong)
    assert checked_port("port", 65535) == 65535


def test_arns() -> None:
    class Named:
        arn = "arn:x"

    assert arn_of("arn:y") == "arn:y"
    assert arn_of(Named()) == "arn:x"
