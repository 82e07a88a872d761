"""Errors as HTTP responses: a body for machines and one for browsers.

Source: RFC 9457.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from otsgraph import errors
from otsgraph.errors import RequestError
from otsgraph.quoting import as_utf8, printable
from otsgraph.rdf.terms import BASE
from otsgraph.web.http.html import leads_to, page

PROBLEM_BASE = BASE + "problem/"


def problem(error: RequestError, *, html: bool, labels: Mapping[str, str] | None = None) -> Response:
    """Returns the response for an error: an HTML page or problem+json.

    `labels` are those of the things that may have been meant, by IRI.
    """
    body, headers = problem_body(error), problem_headers(error)
    if html:
        meant = [(label, leads_to(thing), thing) for thing, label in (labels or {}).items()]
        return page("problem.html", problem=body, meant=meant, status_code=error.status, headers=headers)
    return Response(
        as_utf8(json.dumps(body, ensure_ascii=False)),
        error.status,
        headers=headers,
        media_type="application/problem+json",
    )


def problem_body(error: RequestError) -> dict[str, object]:
    """Returns the members of the problem (RFC 9457 §3.1)."""
    about = {"type": PROBLEM_BASE + error.code, "title": error.title, "status": error.status}
    members = {name: [*map(printable, v)] if isinstance(v, list) else v for name, v in error.members.items()}
    return {**about, "detail": error.detail, **members}


def problem_headers(error: RequestError) -> dict[str, str]:
    """Returns the headers of the response: it must not be stored; what is allowed; when to retry.

    Source for WWW-Authenticate: RFC 6750 §3.
    """
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if isinstance(allow := error.members.get("allow"), list):
        headers["Allow"] = ", ".join(allow)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="otsgraph"'
    if isinstance(error, errors.RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.members['size']}"
    if "retry_after" in error.members:
        headers["Retry-After"] = str(error.members["retry_after"])
    return headers
