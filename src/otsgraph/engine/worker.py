"""The fork server and its workers: load a prepared dataset once, and answer one query at a time in each worker.

A worker owns nothing that must be cleaned up: it is killed, not asked to end.
"""

from __future__ import annotations

import array
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from otsgraph.dataset.info import INFO, SNAPSHOT, DatasetInfo
from otsgraph.engine import broker
from otsgraph.engine.broker import Broker
from otsgraph.engine.wire import Frame, read
from otsgraph.errors import EngineFailed, RequestError
from otsgraph.process import sandbox
from otsgraph.process.sandbox import Reach
from otsgraph.rdf.formats import GraphFormat, ResultsFormat
from otsgraph.sparql.evaluator import Evaluator
from otsgraph.sparql.protocol import FormatChoice, QueryOperation

GROWTH = 2**26
"""Bytes that a worker may have grown by before it is replaced."""

LONGEST_MESSAGE = 2**16
"""Maximum size of a request to the fork server [bytes]."""


def load(directory: Path, largest_result: int) -> Evaluator:
    """Returns the evaluator of a prepared directory; blank nodes keep the labels of the snapshot."""
    store = ox.Store()
    with (directory / SNAPSHOT).open("rb") as snapshot:
        store.bulk_extend(ox.parse(snapshot, format=ox.RdfFormat.N_QUADS))
    info = DatasetInfo.from_json((directory / INFO).read_text(encoding="utf-8"))
    return Evaluator(store, info.prefixes, largest_result)


def load_certificates() -> None:
    """Reads the certificates of trusted authorities, once for this process and all that are forked from it.

    The engine does so for its first TLS connection; this one fails at once, since nothing listens on port 0.
    """
    ox.Store().query("ASK { SERVICE SILENT <https://127.0.0.1:0/> { } }")


def answer_jobs(evaluator: Evaluator, jobs: BinaryIO, answers: BinaryIO, services: Collection[str]) -> None:
    """Says that it is ready, and answers frame after frame until the other side closes the stream.

    Each frame says how long the process has been on a processor [s], and whether it has grown so much that it should be
    replaced: memory that a query has used is not given back to the system.  `services` are the IRIs of the endpoints
    that a query may call.
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
    """Returns the peak memory of the process [bytes] (getrusage(2))."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def _answer(evaluator: Evaluator, job: Frame, services: Collection[str]) -> Frame:
    """Returns the reply to a job: a result, or why there is none."""
    default_graphs, named_graphs, results, graph = (
        job.header[name] for name in ("default_graph_uris", "named_graph_uris", "results", "graph")
    )
    operation = QueryOperation(job.body.decode(), tuple(default_graphs), tuple(named_graphs))
    choice = FormatChoice(ResultsFormat[results] if results else None, GraphFormat[graph] if graph else None)
    try:
        result = evaluator.evaluate(operation, choice, services)
    except RequestError as error:
        return Frame({"error": error.code, "detail": error.detail, "members": dict(error.members)})
    except MemoryError:
        os.abort()
    except Exception:  # noqa: BLE001
        # one query must not take the process away from others, nor be tried again
        traceback.print_exc()
        return Frame({"error": EngineFailed.code, "detail": "The query met a fault of the engine.", "members": {}})
    fields = {
        "family": type(result.format).__name__,
        "format": result.format.name,
        "digest": result.digest,
        "hint": result.hint,
    }
    return Frame(fields, result.body)


@dataclass
class _ForkServer:
    """What all workers are forked from.  The broker is started for the first worker that may call other endpoints.

    `memory` is the limit for a query [bytes].
    """

    evaluator: Evaluator
    control: socket.socket
    memory: int
    broker: Broker | None = None
    can_ask_others: bool = False


def main(directory: str, parent: int, memory: int, largest_result: int) -> None:
    """Serves as the fork server of a prepared directory until its parent ends; sizes in bytes."""
    sandbox.die_with_parent(parent)
    sandbox.dump_no_core()
    control = socket.socket(fileno=os.dup(0))
    sandbox.close_all_but({control.fileno()})
    fork_server = _ForkServer(load(Path(directory), largest_result), control, memory)
    # what exists now is never freed, so that workers need not copy its pages
    gc.collect()
    gc.freeze()
    control.send(b"{}")
    while _is_asked(fork_server):
        message, descriptors = _receive(control)
        if not message:
            return
        request = json.loads(message)
        if "reap" in request:
            reply = {"status": _reap(request["reap"])}
        else:
            with os.fdopen(descriptors[0], "wb", buffering=0) as stream:
                reply = _fork(fork_server, stream.fileno(), **request["fork"])
        control.send(json.dumps(reply).encode())


def _is_asked(fork_server: _ForkServer) -> bool:
    """Waits for a request.  Returns False if the broker has ended: without it, no worker can reach an endpoint."""
    if fork_server.broker is None:
        return True
    ended = fork_server.broker.control
    return ended not in select.select([fork_server.control, ended], [], [])[0]


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """Returns a message and the descriptors that came with it; an empty one when the other side has ended."""
    descriptors = array.array("i")
    message, ancillary, _, _ = control.recvmsg(LONGEST_MESSAGE, socket.CMSG_LEN(descriptors.itemsize))
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    return message, list(descriptors)


def _reap(pid: int) -> int:
    """Ends a worker; returns its exit code, or the negative number of the signal that ended it."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _fork(fork_server: _ForkServer, stream: int, nice: int, services: list[str]) -> dict[str, Any]:
    """Makes a worker that talks on a descriptor; returns the reply about it."""
    parent = os.getpid()
    try:
        if services and not fork_server.can_ask_others:
            load_certificates()
            fork_server.broker = broker.start(services)
            fork_server.can_ask_others = True
        pid = os.fork()
    except OSError:
        return {"pid": 0, "confined": True}
    if pid:
        return {"pid": pid, "confined": not services or fork_server.broker is not None}
    try:
        sandbox.die_with_parent(parent)
        os.nice(nice)
        sandbox.leave_standard_streams()
        with os.fdopen(stream, "rb", closefd=False) as jobs, os.fdopen(stream, "wb", closefd=False) as answers:
            unconfined = Reach.ANYWHERE if services else Reach.NOWHERE
            enclose(stream, fork_server.memory, unconfined, fork_server.broker if services else None)
            answer_jobs(fork_server.evaluator, jobs, answers, frozenset(services))
        os._exit(0)
    except BaseException:  # noqa: BLE001
        # the worker must not go on as a fork server
        traceback.print_exc()
        os._exit(1)


def enclose(
    stream: int, memory: int, reach: Reach, supervisor: Broker | None = None, *, reads_files: bool = False
) -> None:
    """Leaves the calling process one stream, the standard ones, and some memory [bytes] beyond what it has.

    It can connect to what its supervisor allows, if it has one, or as far as it reaches.  `reads_files` is for a store
    on disk.  Raises OSError.
    """
    sandbox.be_killed_first()
    sandbox.limit_memory(memory)
    sandbox.close_all_but({stream} if supervisor is None else {stream, supervisor.control.fileno()})
    if supervisor is not None:
        supervisor.confine()
        reach = Reach.SUPERVISED
    sandbox.compute_only(reach, reads_files=reads_files)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
