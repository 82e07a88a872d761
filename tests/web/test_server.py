"""The listening socket."""

from __future__ import annotations

import socket

import pytest

from otsgraph.errors import CommandError, PortInUse
from otsgraph.web.http.server import address, bind


def test_asyncio_can_tell_that_the_socket_is_tcp_and_sends_answers_without_delay() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_the_address_is_the_one_that_is_listened_on() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_port_that_somebody_has_is_in_use() -> None:
    with bind("127.0.0.1", 0) as listener, pytest.raises(PortInUse, match="is in use; try"):
        bind("127.0.0.1", listener.getsockname()[1])


def test_an_address_of_another_machine_cannot_be_had() -> None:
    with pytest.raises(CommandError, match=r"cannot listen on 192\.0\.2\.1"):
        bind("192.0.2.1", 0)
