"""/download/… and /graph/…: files that are written when somebody asks for the first of them."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from otsgraph.dataset.info import FOLDER, Download, read_manifest
from otsgraph.errors import EngineFailed, NotFound
from otsgraph.quoting import quoted
from otsgraph.web.headers import REVALIDATED, header, is_current
from otsgraph.web.ranges import range_asked

log = logging.getLogger(__name__)


class Downloads:
    """The downloads of a prepared directory, written by a process of its own, once."""

    def __init__(self, prepared: Path) -> None:
        self._prepared = prepared
        self._writing = asyncio.Lock()
        self._manifest: Mapping[str, Download] | None = None

    async def manifest(self) -> Mapping[str, Download]:
        """All downloads by name; writes them if that has not been done.  Raises EngineFailed."""
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
            # it must not write into a folder that is about to be removed
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            log.error("the downloads could not be written: %s", errors.decode(errors="replace"))
            raise EngineFailed("The downloads could not be written.")

    async def response(self, name: str, request: Request) -> Response:
        """The file of a name, whole or the range asked for; 304 if the client has it.

        Raises NotFound, RangeNotSatisfiable, EngineFailed.
        """
        download = (await self.manifest()).get(name)
        if download is None:
            raise NotFound(f"There is no download of the name {quoted(name)}.")
        tag = download.sha256[:16]
        headers = {"ETag": f'"{tag}"', "Cache-Control": REVALIDATED, "Vary": "Accept"}
        if is_current(request.scope, tag):
            return Response(status_code=304, headers=headers)
        _keep_sane_range(request, f'"{tag}"', download.size)
        return FileResponse(self._prepared / FOLDER / name, headers=headers, media_type=download.media_type)


def _keep_sane_range(request: Request, tag: str, size: int) -> None:
    """Leaves a range in the request only if it is one of the file as it is now.  Raises RangeNotSatisfiable."""
    scope = request.scope
    if_range = header(scope, b"if-range")
    asked = range_asked(header(scope, b"range"), size) if if_range in (None, tag) else None
    kept = [pair for pair in scope["headers"] if pair[0] not in (b"range", b"if-range")]
    scope["headers"] = [*kept, (b"range", asked.encode())] if asked else kept
