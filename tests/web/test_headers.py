"""Header fields of requests: RFC 9110 §8.8.3, §12.5.3."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otsgraph.web.http.headers import accepts_gzip, address_of, header, matches_etag


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        pytest.param(None, False, id="no wish is no wish for gzip"),
        pytest.param("", False, id="an empty list takes no coding"),
        pytest.param("gzip", True, id="gzip by name"),
        pytest.param("GZIP", True, id="in capitals"),
        pytest.param("deflate, gzip, br", True, id="gzip among others"),
        pytest.param("br;q=1.0, gzip;q=0.8", True, id="gzip with a weight"),
        pytest.param("gzip;q=0", False, id="gzip excluded"),
        pytest.param("gzip;q=0.000, identity", False, id="gzip excluded with a long zero"),
        pytest.param("*", True, id="anything"),
        pytest.param("*;q=0", False, id="nothing"),
        pytest.param("gzip;q=0, *", False, id="anything but gzip"),
        pytest.param("identity;q=1, *;q=0", False, id="nothing but the plain form"),
        pytest.param("x-gzip", True, id="its old name"),
        pytest.param("gzip ; q=1", True, id="white space does not matter"),
        pytest.param("gzipped", False, id="another word"),
        pytest.param("gzip;q=x", False, id="a weight that is none"),
    ],
)
def test_gzip_goes_to_those_who_take_it(accept_encoding: str | None, expected: bool) -> None:
    assert accepts_gzip(accept_encoding) is expected


@pytest.mark.parametrize(
    ("if_none_match", "expected"),
    [
        pytest.param(None, False, id="without the field"),
        pytest.param('"abc"', True, id="the same"),
        pytest.param('W/"abc"', True, id="the same, weakly"),
        pytest.param('"abc-gzip"', False, id="another coding of the same"),
        pytest.param('"x", "abc"', True, id="one of several"),
        pytest.param("*", True, id="any"),
        pytest.param('"abcd"', False, id="another one"),
        pytest.param("abc", False, id="without quotation marks"),
    ],
)
def test_entity_tags_are_compared_weakly(if_none_match: str | None, expected: bool) -> None:
    assert matches_etag(if_none_match, "abc") is expected


def scope(*headers: tuple[bytes, bytes], **fields: Any) -> dict[str, Any]:
    return {"type": "http", "scheme": "http", "headers": list(headers), "server": ("127.0.0.1", 8000), **fields}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param(b"example.org", "http://example.org", id="a name"),
        pytest.param(b"localhost:8000", "http://localhost:8000", id="a name and a port"),
        pytest.param(b"[::1]:8000", "http://[::1]:8000", id="an IPv6 address"),
        pytest.param(b"a b", None, id="two words"),
        pytest.param(b"example.org/path", None, id="a path"),
        pytest.param(b"example.org>", None, id="what would end an IRI"),
        pytest.param(b"user@example.org", None, id="a user"),
        pytest.param(b"example.org:port", None, id="a port that is no number"),
        pytest.param(b"a" * 64 + b'"', None, id="a quotation mark"),
    ],
)
def test_the_address_is_what_the_client_names_if_it_can_be_one(host: bytes, expected: str | None) -> None:
    assert address_of(scope((b"host", host))) == expected


def test_without_a_host_the_address_is_the_socket_s() -> None:
    assert address_of(scope()) == "http://127.0.0.1:8000"


def test_several_fields_of_a_name_are_one_list() -> None:
    assert header(scope((b"accept", b"text/csv"), (b"accept", b"*/*;q=0.1")), b"accept") == "text/csv, */*;q=0.1"


@given(st.text(max_size=200))
def test_no_header_breaks_its_reader(value: str) -> None:
    accepts_gzip(value)
    matches_etag(value, "abc")
    address_of(scope((b"host", value.encode("latin-1", "replace"))))
