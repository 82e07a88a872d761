"""/static/…: the style sheet and the icon, as they come with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from otsgraph.errors import NotFound
from otsgraph.quoting import quoted
from otsgraph.web.headers import REVALIDATED
from otsgraph.web.tagged import TaggedResponse

_FOLDER = Path(__file__).parent / "static"
_MEDIA_TYPES = {".css": "text/css", ".svg": "image/svg+xml"}
_ICON = "icon.svg"


async def file(request: Request) -> Response:
    return _answer(request, request.path_params["name"])


async def favicon(request: Request) -> Response:
    return _answer(request, _ICON)


def _answer(request: Request, name: str) -> Response:
    """The file of a name; 304 if the client has it.  Raises NotFound."""
    body = _files().get(name)
    if body is None:
        raise NotFound(f"There is no file {quoted(name)}.")
    return TaggedResponse(body, headers={"Cache-Control": REVALIDATED}, media_type=_MEDIA_TYPES[Path(name).suffix])


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _MEDIA_TYPES}
