"""Who a client is, and how many of its queries run or wait."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Scope

from otsgraph.errors import TooManyQueries

_IPV6_CLIENT = 64
"""Bits of an IPv6 address that a client cannot choose: whoever has one address has all of the network."""


def client_of(scope: Scope) -> str:
    """The address of a client; of IPv6 the network; empty where it is not known."""
    host = scope["client"][0] if scope.get("client") else ""
    if ":" not in host:
        return str(host)
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return str(host)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _IPV6_CLIENT), strict=False))


class Clients:
    """Counts the queries of each client; `most` is how many one may have at the same time, or 0 for any number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queries: Counter[str] = Counter()

    @property
    def are_counted(self) -> bool:
        """Whether there is a limit."""
        return self._most > 0

    @contextmanager
    def place_for(self, scope: Scope) -> Iterator[None]:
        """Counts a query while it runs or waits.  Raises TooManyQueries."""
        if not self._most:
            yield
            return
        client = client_of(scope)
        if self._queries[client] >= self._most:
            raise TooManyQueries(
                f"{self._most} queries of yours run or wait already, which is as many as one client may have.",
                retry_after=1, limit=self._most, unit="queries",
            )  # fmt: skip
        self._queries[client] += 1
        try:
            yield
        finally:
            self._queries[client] -= 1
            if not self._queries[client]:
                del self._queries[client]
