"""What can go wrong, named by cause.

    OtsgraphError
    ├── RequestError        one request cannot be answered; everything else goes on
    │   └── (one leaf per cause)
    └── CommandError        a command cannot do its work; its message is one line for a person
        ├── DataError       a source file is wrong: which, where, why
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
"""Characters of the sentence that says what is wrong with a request."""

Detail: TypeAlias = str | int | float | list[str]


class OtsgraphError(Exception):
    """The root of all errors that otsgraph raises on purpose."""


class RequestError(OtsgraphError):
    """One request cannot be answered.

    `code` names the cause for machines and `status` is the status of the HTTP response; `detail` says what is wrong in
    one sentence, and `members` adds what a machine may want (`line`, `column`, `allow`, `offered`, `retry_after` [s];
    where a limit is the cause, its value as `limit` and its `unit`).

    `detail` and members that are one text may quote the request: they are made printable, and what they quote between
    backticks is shortened, so that no request decides what an answer or a log line looks like.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(self, detail: str, **members: Detail) -> None:
        self.detail = sentence(detail, LONGEST_DETAIL)
        self.members: Mapping[str, Detail] = {
            name: sentence(value, LONGEST_DETAIL) if isinstance(value, str) else value
            for name, value in members.items()
        }
        super().__init__(self.detail)


class MalformedRequest(RequestError):
    code = "malformed-request"
    status = 400
    title = "The request is not well-formed"


class UnfitParameter(RequestError):
    """`parameter` is the name of the one that is wrong, `takes` says what it takes and `example` gives such a value;
    `candidates` are IRIs of things that may have been meant, `choices` all values that there are."""

    code = "unfit-parameter"
    status = 400
    title = "The value of a parameter does not fit"


class MalformedQuery(RequestError):
    """`line` and `column` count from 1, columns in characters."""

    code = "malformed-query"
    status = 400
    title = "The query has a syntax error"


class QueryTooComplex(RequestError):
    code = "query-too-complex"
    status = 400
    title = "The query is nested too deeply"


class Unauthorized(RequestError):
    code = "unauthorized"
    status = 401
    title = "The request needs a token"


class ServiceForbidden(RequestError):
    code = "service-forbidden"
    status = 403
    title = "The query asks another endpoint than those that may be asked"


class ServiceFailed(RequestError):
    code = "service-failed"
    status = 502
    title = "Another endpoint that the query asks has failed"


class NotFound(RequestError):
    """`candidates` are IRIs of things that may have been meant."""

    code = "not-found"
    status = 404
    title = "There is nothing here"


class Gone(RequestError):
    """`candidates` are the IRIs that have taken the place of this one, if any."""

    code = "gone"
    status = 410
    title = "This is no longer used"


class MethodNotAllowed(RequestError):
    """`allow` lists the methods that the resource has."""

    code = "method-not-allowed"
    status = 405
    title = "The method does not fit the resource"


class NotAcceptable(RequestError):
    """`offered` lists the media types that there are."""

    code = "not-acceptable"
    status = 406
    title = "None of the accepted formats is available"


class BodyTooLarge(RequestError):
    code = "body-too-large"
    status = 413
    title = "The request body is too large"


class RangeNotSatisfiable(RequestError):
    """`size` is the number of bytes that there are."""

    code = "range-not-satisfiable"
    status = 416
    title = "The range asked for is not in the file"


class HeaderTooLarge(RequestError):
    code = "header-too-large"
    status = 431
    title = "The request header is too large"


class TransferCodingUnknown(RequestError):
    code = "transfer-coding-unknown"
    status = 501
    title = "The transfer coding of the request body is not understood"


class VersionNotSupported(RequestError):
    code = "version-not-supported"
    status = 505
    title = "The version of HTTP is not supported"


class UnsupportedMediaType(RequestError):
    code = "unsupported-media-type"
    status = 415
    title = "The request body is in a format that is not understood"


class DatasetTooLargeToMerge(RequestError):
    code = "dataset-too-large-to-merge"
    status = 501
    title = "The graphs named are too large to be merged for one query"


class EngineBusy(RequestError):
    """`retry_after` is the number of seconds [s] after which a running query must have ended."""

    code = "engine-busy"
    status = 503
    title = "The endpoint is busy"


class NoWorkerInTime(RequestError):
    """`retry_after` is the number of seconds [s] after which a running query must have ended."""

    code = "no-worker-in-time"
    status = 503
    title = "No worker was free in time"


class AddressTooLong(RequestError):
    code = "address-too-long"
    status = 414
    title = "The address of the request is too long"


class TooManyQueries(RequestError):
    """`retry_after` in seconds [s]."""

    code = "too-many-queries"
    status = 429
    title = "The client has too many queries at the same time"


class TooManyConnections(RequestError):
    """`retry_after` in seconds [s]."""

    code = "too-many-connections"
    status = 503
    title = "Too many clients are connected"


class EngineClosing(RequestError):
    code = "engine-closing"
    status = 503
    title = "The endpoint is stopping"


class DeadlineExceeded(RequestError):
    code = "deadline-exceeded"
    status = 504
    title = "The query ran out of time"


class QueryTooBig(RequestError):
    code = "query-too-big"
    status = 507
    title = "The query needs more memory than it may have"


class ResultTooBig(RequestError):
    code = "result-too-big"
    status = 507
    title = "The result is larger than the endpoint gives"


class EngineFailed(RequestError):
    code = "engine-failed"
    status = 500
    title = "The engine could not answer"


REQUEST_ERRORS: Mapping[str, type[RequestError]] = {kind.code: kind for kind in RequestError.__subclasses__()}


class CommandError(OtsgraphError):
    """A command cannot do its work; the message is one line for the person who gave the command."""


class DataError(CommandError):
    """A source file is wrong.  `line` and `column` count from 1; 0 where they are not known."""

    def __init__(self, file: str, reason: str, line: int = 0, column: int = 0) -> None:
        where = ":".join([file, *(str(n) for n in (line, column) if n)])
        super().__init__(f"{where}: {reason}")
        self.file, self.reason, self.line, self.column = file, reason, line, column


class EngineNotStarted(CommandError):
    """No worker process gets ready."""


class PortInUse(CommandError):
    """Somebody else listens at the address."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that is in force: the name of its setting, its value with its unit, and what it limits."""

    name: str
    value: str
    what: str


def size_text(size: int) -> str:
    """A number of bytes as people write it: 1 GiB, 20 KiB, or 100,000 bytes where that is exact."""
    for exponent, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % 2**exponent == 0:
            return f"{size >> exponent} {unit}"
    return f"{size:,} bytes"
