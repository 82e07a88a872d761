"""Every error that is raised on purpose, by cause.

    OtsgraphError
    ├── RequestError        a request cannot be answered; one class a cause, with its code, HTTP status and title
    └── CommandError        a command cannot do its work; the message is one line for a person
        ├── DataError       a source file is wrong: which, where, why
        ├── SettingsError
        ├── EngineNotStarted
        └── PortInUse

Source of the statuses: RFC 9110 §15, RFC 4918 §11.5, RFC 6585.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from otsgraph.quoting import sentence

LONGEST_DETAIL = 2_000
"""Maximum number of characters of the sentence that says what is wrong with a request."""

Detail: TypeAlias = str | int | float | list[str]


class OtsgraphError(Exception):
    """The root of all errors that otsgraph raises on purpose."""


class RequestError(OtsgraphError):
    """A request cannot be answered.

    `code` names the cause for machines, `status` is the status of the HTTP response, and `title` says what happened.
    `detail` says in one sentence what is wrong; `members` adds what a machine may want (`line`, `column`, `allow`,
    `offered`, `retry_after` in seconds [s]; where a limit was exceeded, its value as `limit` and its `unit`).

    `detail` and members that are text may quote the request: they are made printable, and quotations between backticks
    are truncated, so that no request decides what a response or a log line looks like.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init_subclass__(cls, *, code: str, status: int, title: str) -> None:
        cls.code, cls.status, cls.title = code, status, title
        REQUEST_ERRORS[code] = cls

    def __init__(self, detail: str, **members: Detail) -> None:
        self.detail = sentence(detail, LONGEST_DETAIL)
        self.members: Mapping[str, Detail] = {
            name: sentence(value, LONGEST_DETAIL) if isinstance(value, str) else value
            for name, value in members.items()
        }
        super().__init__(self.detail)


REQUEST_ERRORS: dict[str, type[RequestError]] = {}
"""All causes by their code."""


class MalformedRequest(RequestError, code="malformed-request", status=400, title="The request is not well-formed"): ...


class UnfitParameter(RequestError, code="unfit-parameter", status=400, title="A parameter is invalid"):
    """`parameter` is its name, `takes` says what it takes, `example` is such a value; `candidates` are IRIs of things
    that may have been meant, `choices` all possible values."""


class MalformedQuery(RequestError, code="malformed-query", status=400, title="The query has a syntax error"):
    """`line` and `column` count from 1, columns in characters."""


class QueryTooComplex(RequestError, code="query-too-complex", status=400, title="The query is nested too deeply"): ...


class Unauthorized(RequestError, code="unauthorized", status=401, title="The request needs a token"): ...


class ServiceForbidden(
    RequestError, code="service-forbidden", status=403, title="The query calls an endpoint that is not allowed"
): ...


class ServiceFailed(
    RequestError, code="service-failed", status=502, title="An endpoint that the query calls has failed"
): ...


class NotFound(RequestError, code="not-found", status=404, title="Nothing was found here"):
    """`candidates` are IRIs of things that may have been meant."""


class Gone(RequestError, code="gone", status=410, title="This is no longer used"):
    """`candidates` are the IRIs that have taken the place of this one, if any."""


class MethodNotAllowed(RequestError, code="method-not-allowed", status=405, title="The method is not allowed here"):
    """`allow` lists the methods that the resource has."""


class NotAcceptable(RequestError, code="not-acceptable", status=406, title="None of the accepted formats is available"):
    """`offered` lists the media types that there are."""


class BodyTooLarge(RequestError, code="body-too-large", status=413, title="The request body is too large"): ...


class RangeNotSatisfiable(
    RequestError, code="range-not-satisfiable", status=416, title="The requested range is outside the file"
):
    """`size` is the number of bytes that there are."""


class HeaderTooLarge(RequestError, code="header-too-large", status=431, title="The request header is too large"): ...


class TransferCodingUnknown(
    RequestError,
    code="transfer-coding-unknown",
    status=501,
    title="The transfer coding of the request body is not supported",
): ...


class VersionNotSupported(
    RequestError, code="version-not-supported", status=505, title="The version of HTTP is not supported"
): ...


class UnsupportedMediaType(
    RequestError, code="unsupported-media-type", status=415, title="The format of the request body is not supported"
): ...


class DatasetTooLargeToMerge(
    RequestError,
    code="dataset-too-large-to-merge",
    status=501,
    title="The requested graphs are too large to merge for one query",
): ...


class EngineBusy(RequestError, code="engine-busy", status=503, title="The endpoint is busy"):
    """`retry_after` is the number of seconds [s] after which a running query must have ended."""


class NoWorkerInTime(RequestError, code="no-worker-in-time", status=503, title="No worker was free in time"):
    """`retry_after` is the number of seconds [s] after which a running query must have ended."""


class AddressTooLong(
    RequestError, code="address-too-long", status=414, title="The address of the request is too long"
): ...


class TooManyQueries(
    RequestError, code="too-many-queries", status=429, title="The client has too many queries at once"
):
    """`retry_after` in seconds [s]."""


class TooManyConnections(RequestError, code="too-many-connections", status=503, title="Too many connections are open"):
    """`retry_after` in seconds [s]."""


class EngineClosing(RequestError, code="engine-closing", status=503, title="The endpoint is stopping"): ...


class DeadlineExceeded(
    RequestError, code="deadline-exceeded", status=504, title="The query exceeded its time limit"
): ...


class QueryTooBig(RequestError, code="query-too-big", status=507, title="The query exceeded its memory limit"): ...


class ResultTooBig(RequestError, code="result-too-big", status=507, title="The result exceeds the size limit"): ...


class EngineFailed(RequestError, code="engine-failed", status=500, title="The engine failed"): ...


class CommandError(OtsgraphError):
    """A command cannot do its work; the message is one line for the person who gave the command."""


class DataError(CommandError):
    """A source file is wrong.  `line` and `column` count from 1; 0 where they are not known."""

    def __init__(self, file: str, reason: str, line: int = 0, column: int = 0) -> None:
        where = ":".join([file, *(str(n) for n in (line, column) if n)])
        super().__init__(f"{where}: {reason}")
        self.file, self.reason, self.line, self.column = file, reason, line, column


class SettingsError(CommandError):
    """A setting has an invalid value; the message names the flag, the variable and the bound."""


class EngineNotStarted(CommandError):
    """No worker process starts."""


class PortInUse(CommandError):
    """Another program listens at the address."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that is in force: the name of its setting, its value with its unit, and what it limits."""

    name: str
    value: str
    what: str


def size_text(size: int) -> str:
    """Returns a number of bytes for people: 1 GiB, 20 KiB, or 100,000 bytes if that is exact."""
    for exponent, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % 2**exponent == 0:
            return f"{size >> exponent} {unit}"
    return f"{size:,} bytes"
