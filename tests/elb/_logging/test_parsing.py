from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given, strategies as st

from cloudkit.elb import Kind
from cloudkit.elb._logging.parsing import entry, split
from tests.elb._logging.lines import CLASSIC_HTTP, CLASSIC_TCP, DROPPED, HTTP, TLS

PLAIN = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters=' "\u2028\u2029'), min_size=1
)
# What clients send may hold anything but the end of a line; a quotation mark and a space after it end the field.
QUOTED = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n")).filter(
    lambda text: '" ' not in text and not text.endswith('"')
)


def at(minute: int, second: int, microsecond: int = 0) -> datetime:
    return datetime(2026, 7, 2, 22, minute, second, microsecond, tzinfo=timezone.utc)


def test_of_an_application_load_balancer() -> None:
    found = entry(HTTP, Kind.APPLICATION)
    assert found is not None
    assert found.time == at(23, 0, 186641)
    assert (found.client, found.client_port, found.target, found.target_port) == (
        "192.168.131.39",
        2817,
        "10.0.0.1",
        80,
    )
    assert (found.method, found.url) == ("GET", "http://www.example.com:80/a b")
    assert found.user_agent == 'curl/7.46.0 "x"'
    assert (found.status, found.target_status) == (200, 404)
    assert (found.waiting_seconds, found.target_seconds, found.answering_seconds) == (0.0, 0.001, 0.002)
    assert (found.received_bytes, found.sent_bytes) == (34, 366)
    assert (found.tls_protocol, found.tls_cipher) == (None, None)
    assert found.fields["actions_executed"] == "forward"
    assert found.fields["conn_trace_id"] == "TID_1234"
    assert "new one" not in found.fields.values()


def test_what_never_got_to_a_target() -> None:
    found = entry(DROPPED, Kind.APPLICATION)
    assert found is not None
    assert (found.status, found.target, found.target_port, found.target_status) == (502, None, None, None)
    assert (found.waiting_seconds, found.target_seconds, found.answering_seconds) == (None, None, None)
    assert (found.client, found.client_port) == ("[2001:db8::1]", 2817)
    assert found.method is None
    assert (found.tls_protocol, found.tls_cipher) == ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")


def test_of_a_network_load_balancer() -> None:
    found = entry(TLS, Kind.NETWORK)
    assert found is not None
    assert found.time == at(23, 1)
    assert (found.client, found.target_port) == ("72.21.218.154", 443)
    assert (found.status, found.method, found.url, found.target_seconds) == (None, None, None, None)
    assert (found.received_bytes, found.sent_bytes, found.tls_protocol) == (98, 246, "tlsv12")
    assert found.fields["connection_time"] == "5"
    assert found.fields["alpn_client_preference_list"] == 'h2","http/1.1'
    assert found.fields["tls_connection_creation_time"] == "2026-07-02T22:23:00"


def test_of_a_classic_load_balancer() -> None:
    found = entry(CLASSIC_HTTP, Kind.CLASSIC)
    assert found is not None
    assert (found.time, found.status, found.target_status) == (at(23, 2, 945958), 200, 200)
    assert (found.method, found.url) == ("GET", "http://www.example.com:80/")
    assert found.target_seconds == 0.001048
    raw = entry(CLASSIC_TCP, Kind.CLASSIC)
    assert raw is not None
    assert (raw.status, raw.method, raw.received_bytes, raw.user_agent) == (None, None, 82, None)


@pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC])
@pytest.mark.parametrize("line", ["", "-", "Enable AccessLog for ELB: web", HTTP[:90], TLS[:60], "a b " * 40])
def test_what_is_no_entry(kind: Kind, line: str) -> None:
    assert entry(line, kind) is None


@given(st.lists(st.tuples(st.booleans(), PLAIN, QUOTED)))
def test_fields_are_split_as_they_were_joined(fields: list[tuple[bool, str, str]]) -> None:
    wanted = [inside if quoted else plain for quoted, plain, inside in fields]
    line = " ".join(f'"{inside}"' if quoted else plain for quoted, plain, inside in fields)
    assert split(line) == wanted


@given(st.text())
def test_no_line_is_too_strange(line: str) -> None:
    assert all(isinstance(each, str) for each in split(line))
    for kind in (Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC):
        entry(line, kind)


@given(st.integers(0, len(HTTP)), st.text(max_size=5))
def test_nor_one_that_was_cut(where: int, noise: str) -> None:
    entry(HTTP[:where] + noise, Kind.APPLICATION)
    entry(HTTP[:where] + noise + HTTP[where:], Kind.APPLICATION)
