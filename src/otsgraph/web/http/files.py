"""Serves files: byte ranges, downloads, and the static files of the package."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from otsgraph.dataset.info import FOLDER, Download, read_manifest
from otsgraph.errors import EngineFailed, NotFound, RangeNotSatisfiable
from otsgraph.quoting import quoted
from otsgraph.web.http.headers import REVALIDATED, header, is_current
from otsgraph.web.http.responses import TaggedResponse

log = logging.getLogger(__name__)

MOST_RANGES = 100

_RANGE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")


def range_asked(given: str | None, size: int) -> str | None:
    """Returns the Range header of a request for a file of `size` bytes in its simplest form; None for the whole file.

    Another unit than bytes, and whatever is not a range, is ignored, as it must be; parts outside the file are left
    out. Raises RangeNotSatisfiable if none is left.
    """
    unit, _, listed = (given or "").partition("=")
    parts = listed.split(",") if unit.strip().lower() == "bytes" else []
    bounds = [_RANGE.fullmatch(part.strip()) for part in parts if part.strip()]
    if not bounds or len(bounds) > MOST_RANGES:
        return None
    inside: list[str] = []
    for bound in bounds:
        if bound is None or not (bound[1] or bound[2]) or (bound[1] and bound[2] and int(bound[1]) > int(bound[2])):
            return None
        first = int(bound[1]) if bound[1] else max(0, size - int(bound[2]))
        if first < size:
            inside.append(f"{first}-{min(int(bound[2]), size - 1) if bound[1] and bound[2] else size - 1}")
    if not inside:
        raise RangeNotSatisfiable(f"The file has {size:,} bytes, counted from 0.", size=size)
    return f"bytes={','.join(inside)}"


class Downloads:
    """The downloads of a prepared directory, written once, by a process of their own."""

    def __init__(self, prepared: Path) -> None:
        self._prepared = prepared
        self._writing = asyncio.Lock()
        self._manifest: Mapping[str, Download] | None = None

    async def manifest(self) -> Mapping[str, Download]:
        """Returns all downloads by name; writes them the first time.  Raises EngineFailed."""
        async with self._writing:
            if self._manifest is None:
                await self._write()
                self._manifest = read_manifest(self._prepared / FOLDER)
        return self._manifest

    async def _write(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "otsgraph.dataset.downloads", str(self._prepared), str(os.getpid())),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            # it must not write to a folder that is about to be removed
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            log.error("the downloads could not be written: %s", errors.decode(errors="replace"))
            raise EngineFailed("The downloads could not be written.")

    async def response(self, name: str, request: Request) -> Response:
        """Returns a file, whole or the requested range; 304 if the client has it.

        Raises NotFound, RangeNotSatisfiable, EngineFailed.
        """
        download = (await self.manifest()).get(name)
        if download is None:
            raise NotFound(f"There is no download called {quoted(name)}.")
        tag = download.sha256[:16]
        headers = {"ETag": f'"{tag}"', "Cache-Control": REVALIDATED, "Vary": "Accept"}
        if is_current(request.scope, tag):
            return Response(status_code=304, headers=headers)
        _keep_sane_range(request, f'"{tag}"', download.size)
        return FileResponse(self._prepared / FOLDER / name, headers=headers, media_type=download.media_type)


def _keep_sane_range(request: Request, tag: str, size: int) -> None:
    """Keeps the range of a request only if it is a range of the current file.  Raises RangeNotSatisfiable."""
    scope = request.scope
    if_range = header(scope, b"if-range")
    asked = range_asked(header(scope, b"range"), size) if if_range in (None, tag) else None
    kept = [pair for pair in scope["headers"] if pair[0] not in (b"range", b"if-range")]
    scope["headers"] = [*kept, (b"range", asked.encode())] if asked else kept


_FOLDER = Path(__file__).parent.parent / "static"
_SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")
"""Files of the package fastapi-swagger."""

_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_ICON = "icon.svg"


async def file(request: Request) -> Response:
    return _answer(request, request.path_params["name"])


async def favicon(request: Request) -> Response:
    return _answer(request, _ICON)


def _answer(request: Request, name: str) -> Response:
    """The file of a name; 304 if the client has it.  Raises NotFound."""
    body = _swagger_ui(name) if name in _SWAGGER_UI else _files().get(name)
    if body is None:
        raise NotFound(f"There is no file {quoted(name)}.")
    return TaggedResponse(body, headers={"Cache-Control": REVALIDATED}, media_type=_MEDIA_TYPES[Path(name).suffix])


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in _FOLDER.iterdir() if path.suffix in _MEDIA_TYPES}


@cache
def _swagger_ui(name: str) -> bytes:
    return resources.files("fastapi_swagger").joinpath("resources", name).read_bytes()
