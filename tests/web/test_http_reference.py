"""What a request means, and where the next one begins, is what a second reader of HTTP/1.1 says too.

The reference is h11.  What it does not read as a request, this server does not answer as one.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from http_testing import echo, echoed, listening, statuses, talk
from odd_requests import by_the_reference, pieces_of, requests
from otsgraph.web.http.contract import ConnectionLimits

LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LIMITS = ConnectionLimits(header_time=0.3, body_time=0.3)


def as_seen(request: dict[str, Any]) -> tuple[str, str, str]:
    return request["method"], request["target"], request["body"]


async def ours(pieces: list[bytes]) -> tuple[list[tuple[str, str, str]], list[int]]:
    """The requests that an application was given, and the statuses of all responses."""
    async with listening(echo, LIMITS) as port:
        received = await talk(port, *pieces)
    return [as_seen(each) for each in echoed(received)], statuses(
        received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    )


@settings(max_examples=400)
@given(st.lists(requests(), min_size=1, max_size=3), st.lists(st.integers(0, 10_000), max_size=6))
@example([b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello"], [])
@example([b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nHost: y\r\n\r\n"], [70])
def test_no_request_is_seen_that_the_reference_does_not_see(sent: list[bytes], cuts: list[int]) -> None:
    data = b"".join(sent) + LAST
    expected, whole = by_the_reference(data)
    found, answers = asyncio.run(ours(pieces_of(data, cuts)))
    absolute = [(method, target.removeprefix("http://y"), body) for method, target, body in expected]
    assert found == absolute[: len(found)]
    refused = answers and answers[-1] >= 400
    assert answers == [200] * len(found) + [answers[-1]] * bool(refused)
    event(f"{len(found)} of {len(absolute)} answered, " + ("then refused" if refused else "and no more"))
    if len(found) < len(absolute):
        assert refused, "it neither answered nor refused what the reference has read"
    elif not whole:
        assert refused or not answers or found[-1] == absolute[-1]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_requests_in_small_pieces_are_read_as_in_one(size: int) -> None:
    request = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"
    data = request * 2 + LAST
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    found, answers = asyncio.run(ours(pieces))
    assert (found, answers) == ([*[("POST", "/a?b=c", "hello")] * 2, ("GET", "/last", "")], [200, 200, 200])
