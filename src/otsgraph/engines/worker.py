"""A worker process: loads a prepared dataset, fences itself in, answers one query at a time.

Run as `python -P -m otsgraph.engines.worker DIR --parent PID --memory BYTES --largest-result BYTES`.  Jobs come in on
standard input and answers go out on standard output, as frames.  It owns nothing worth cleaning up: it is killed,
not asked.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from otsgraph.dataset_info import INFO, SNAPSHOT, DatasetInfo
from otsgraph.engines import fences
from otsgraph.engines.frames import Frame, read
from otsgraph.errors import EngineFailed, RequestError
from otsgraph.evaluation import Evaluator
from otsgraph.formats import GraphFormat, ResultsFormat
from otsgraph.operation import FormatChoice, QueryOperation


def load(directory: Path, largest_result: int, services: Sequence[str] = ()) -> Evaluator:
    """The evaluator of a prepared directory; blank nodes keep the labels that the snapshot gives them."""
    store = ox.Store()
    with (directory / SNAPSHOT).open("rb") as snapshot:
        store.bulk_extend(ox.parse(snapshot, format=ox.RdfFormat.N_QUADS))
    info = DatasetInfo.from_json((directory / INFO).read_text(encoding="utf-8"))
    return Evaluator(store, info.prefixes, largest_result, frozenset(services))


def answer(evaluator: Evaluator, job: Frame) -> Frame:
    """The frame that answers a job: a result, or the error that says why there is none."""
    operation = QueryOperation(
        job.body.decode(), tuple(job.header["default_graph_uris"]), tuple(job.header["named_graph_uris"])
    )
    results, graph = job.header["results"], job.header["graph"]
    choice = FormatChoice(ResultsFormat[results] if results else None, GraphFormat[graph] if graph else None)
    try:
        result = evaluator.evaluate(operation, choice)
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


def _private_channel() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for frames alone; whatever else is printed goes to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, output


def main() -> None:
    options = _options()
    fences.die_with_parent(options.parent)
    jobs, answers = _private_channel()
    evaluator = load(options.directory, options.largest_result, options.service)
    fences.dump_no_core()
    fences.be_killed_first()
    fences.limit_memory(options.memory)
    if not options.service:
        fences.open_no_socket()
    reply = Frame({"ready": True})
    while True:
        answers.write(reply.encode())
        answers.flush()
        job = read(jobs)
        if job is None:
            return
        reply = answer(evaluator, job)


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="otsgraph.engines.worker", description=__doc__)
    parser.add_argument("directory", type=Path, help="what otsgraph.prepare wrote")
    parser.add_argument("--parent", type=int, required=True, help="the process to die with")
    parser.add_argument("--memory", type=int, required=True, help="bytes that a query may take")
    parser.add_argument("--largest-result", type=int, required=True, help="bytes that a result may have")
    parser.add_argument("--service", action="append", default=[], help="an endpoint that a query may ask")
    return parser.parse_args()


if __name__ == "__main__":
    main()
