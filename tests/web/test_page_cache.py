"""What is remembered of pages, and for how long; and how a page is sent to whoever has it or takes it compressed."""

from __future__ import annotations

import asyncio
import gzip

from starlette.types import Message

from otsgraph.web.http.responses import PageCache, TaggedResponse

LONG = "long " * 1_000


def sent(response: TaggedResponse, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What a response sends to a GET request."""
    messages: list[Message] = []
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    asyncio.run(response({"type": "http", "method": "GET", "headers": raw}, receive, send))
    start, body = messages
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, body["body"]


def test_a_page_that_is_kept_is_found() -> None:
    memory, page = PageCache(), TaggedResponse("page")
    assert memory.keep("a", page) is page
    assert memory.find("a") is page
    assert memory.find("b") is None


def test_the_page_that_was_not_asked_for_longest_goes_first() -> None:
    memory = PageCache(100)
    pages = {name: memory.keep(name, TaggedResponse("12345")) for name in "abcdefghij"}
    memory.find("a")
    memory.keep("k", TaggedResponse("12345"))
    assert memory.find("a") is pages["a"]
    assert memory.find("b") is None


def test_a_page_that_takes_too_large_a_share_is_not_kept() -> None:
    memory = PageCache(100)
    memory.keep("a", TaggedResponse("1234567"))
    assert memory.find("a") is None


def test_neither_failures_nor_what_is_not_to_be_kept_are_remembered() -> None:
    memory = PageCache()
    memory.keep("a", TaggedResponse("page", 404))
    memory.keep("b", TaggedResponse("page", headers={"Cache-Control": "no-store"}))
    assert (memory.find("a"), memory.find("b")) == (None, None)


def test_a_long_page_is_compressed_for_whoever_takes_that() -> None:
    page = TaggedResponse(LONG)
    for _ in range(2):
        status, headers, body = sent(page, accept_encoding="gzip")
        assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
        assert gzip.decompress(body).decode() == LONG
        assert headers["content-length"] == str(len(body))
    assert sent(page)[2].decode() == LONG


def test_each_coding_has_its_own_tag() -> None:
    page = TaggedResponse(LONG)
    plain, packed = sent(page)[1]["etag"], sent(page, accept_encoding="gzip")[1]["etag"]
    assert packed == plain[:-1] + '-gzip"'
    assert sent(page, accept_encoding="gzip", if_none_match=packed)[0] == 304
    assert sent(page, accept_encoding="gzip", if_none_match=plain)[0] == 200


def test_a_short_page_is_sent_as_it_is() -> None:
    assert "content-encoding" not in sent(TaggedResponse("short"), accept_encoding="gzip")[1]
