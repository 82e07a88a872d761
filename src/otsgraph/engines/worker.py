"""What a worker process does: loads a prepared dataset, and answers one query at a time.

It owns nothing worth cleaning up: it is killed, not asked.
"""

from __future__ import annotations

import os
import resource
import time
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from otsgraph.dataset.info import INFO, SNAPSHOT, DatasetInfo
from otsgraph.engines.frames import Frame, read
from otsgraph.errors import EngineFailed, RequestError
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation

GROWTH = 2**26
"""Bytes that a worker may have grown by."""


def load(directory: Path, largest_result: int) -> Evaluator:
    """The evaluator of a prepared directory; blank nodes keep the labels that the snapshot gives them."""
    store = ox.Store()
    with (directory / SNAPSHOT).open("rb") as snapshot:
        store.bulk_extend(ox.parse(snapshot, format=ox.RdfFormat.N_QUADS))
    info = DatasetInfo.from_json((directory / INFO).read_text(encoding="utf-8"))
    return Evaluator(store, info.prefixes, largest_result)


def load_certificates() -> None:
    """Reads the certificates of authorities that are trusted, once for this process and those forked from it.

    The engine does so for its first connection by TLS; this one fails at once, since nothing listens on port 0.
    """
    ox.Store().query("ASK { SERVICE SILENT <https://127.0.0.1:0/> { } }")


def answer_jobs(evaluator: Evaluator, jobs: BinaryIO, answers: BinaryIO, services: Collection[str]) -> None:
    """Says that it is ready, and answers frame after frame until the other side closes the stream.

    Each frame tells how long the process has been on a processor until then [s], and whether it has grown so much that
    it had better be replaced: what a query has used is not given back to the system.

    `services` are the IRIs of other endpoints that a query may ask, if the process can.
    """
    reply = Frame({"ready": True})
    small = _most_memory()
    while True:
        reply.header["processor_time"] = time.process_time()
        reply.header["has_grown"] = _most_memory() - small > GROWTH
        answers.write(reply.encode())
        answers.flush()
        job = read(jobs)
        if job is None:
            return
        reply = _answer(evaluator, job, services)


def _most_memory() -> int:
    """The most memory that the process has had [bytes] (getrusage(2))."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def _answer(evaluator: Evaluator, job: Frame, services: Collection[str]) -> Frame:
    """The frame that answers a job: a result, or the error that says why there is none."""
    operation = QueryOperation(
        job.body.decode(), tuple(job.header["default_graph_uris"]), tuple(job.header["named_graph_uris"])
    )
    results, graph = job.header["results"], job.header["graph"]
    choice = FormatChoice(ResultsFormat[results] if results else None, GraphFormat[graph] if graph else None)
    try:
        result = evaluator.evaluate(operation, choice, services)
    except RequestError as error:
        return Frame({"error": error.code, "detail": error.detail, "members": dict(error.members)})
    except MemoryError:
        os.abort()
    except Exception:  # noqa: BLE001
        # one query may not take the process away from the others, nor be tried again
        traceback.print_exc()
        return Frame({"error": EngineFailed.code, "detail": "The query met a fault of the engine.", "members": {}})
    fields = {
        "family": type(result.format).__name__,
        "format": result.format.name,
        "digest": result.digest,
        "hint": result.hint,
    }
    return Frame(fields, result.body)
