"""The nursery process: loads a prepared dataset once, and forks a fenced worker from itself whenever it is asked to.

A worker that is forked is ready in milliseconds and shares the memory of the dataset with all others.

Run as `python -P -m otsgraph.engines.forking DIR --parent PID --memory BYTES --largest-result BYTES`.  Standard input
is a Unix socket that keeps messages apart (SOCK_SEQPACKET), each of them a JSON object:

    {}                                           it is ready (sent once, unasked)
    {"fork": {"nice": 19, "services": []}}       with the worker's end of a stream socket; answered by {"pid": …,
                                                 "confined": …}: the process id is 0 if the system lets no process be
                                                 made, and a worker that is not confined can connect to any address
    {"reap": pid}                                ends a worker, if it has not ended; answered by {"status": …}
"""

from __future__ import annotations

import argparse
import array
import gc
import json
import os
import select
import signal
import socket
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from otsgraph.engines import broker
from otsgraph.engines.broker import Broker
from otsgraph.engines.worker import answer_jobs, load, load_certificates
from otsgraph.process import sandbox
from otsgraph.process.seccomp import Reach
from otsgraph.sparql.evaluator import Evaluator

LONGEST_MESSAGE = 2**16
"""Bytes."""


@dataclass
class _Nursery:
    """What all workers come of.  The broker is started for the first worker that may ask other endpoints.

    `memory` is what a query may take [bytes].
    """

    evaluator: Evaluator
    control: socket.socket
    memory: int
    broker: Broker | None = None
    can_ask_others: bool = False


def main() -> None:
    options = _options()
    sandbox.die_with_parent(options.parent)
    sandbox.dump_no_core()
    control = socket.socket(fileno=os.dup(0))
    sandbox.close_all_but({control.fileno()})
    nursery = _Nursery(load(options.directory, options.largest_result), control, options.memory)
    # what is there now is never freed, so that workers need not copy the pages that hold it
    gc.collect()
    gc.freeze()
    control.send(b"{}")
    while _is_asked(nursery):
        message, descriptors = _receive(control)
        if not message:
            return
        request = json.loads(message)
        if "reap" in request:
            reply = {"status": _reap(request["reap"])}
        else:
            with os.fdopen(descriptors[0], "wb", buffering=0) as stream:
                reply = _fork(nursery, stream.fileno(), **request["fork"])
        control.send(json.dumps(reply).encode())


def _is_asked(nursery: _Nursery) -> bool:
    """Waits for a request.  False if the broker has ended: without it no worker reaches an endpoint again."""
    if nursery.broker is None:
        return True
    ended = nursery.broker.control
    return ended not in select.select([nursery.control, ended], [], [])[0]


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """A message and the descriptors that came with it; an empty one when the other side has ended."""
    descriptors = array.array("i")
    message, ancillary, _, _ = control.recvmsg(LONGEST_MESSAGE, socket.CMSG_LEN(descriptors.itemsize))
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    return message, list(descriptors)


def _reap(pid: int) -> int:
    """How a worker ended: its exit code, or the negative number of the signal that ended it."""
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _fork(nursery: _Nursery, stream: int, nice: int, services: list[str]) -> dict[str, Any]:
    """Makes a worker that talks on a descriptor; the reply that tells of it."""
    parent = os.getpid()
    try:
        if services and not nursery.can_ask_others:
            load_certificates()
            nursery.broker = broker.start(services)
            nursery.can_ask_others = True
        pid = os.fork()
    except OSError:
        return {"pid": 0}
    if pid:
        return {"pid": pid, "confined": not services or nursery.broker is not None}
    try:
        sandbox.die_with_parent(parent)
        os.nice(nice)
        sandbox.leave_standard_streams()
        with os.fdopen(stream, "rb", closefd=False) as jobs, os.fdopen(stream, "wb", closefd=False) as answers:
            unconfined = Reach.ANYWHERE if services else Reach.NOWHERE
            enclose(stream, nursery.memory, unconfined, nursery.broker if services else None)
            answer_jobs(nursery.evaluator, jobs, answers, frozenset(services))
        os._exit(0)
    except BaseException:  # noqa: BLE001
        # nothing of the nursery's may go on in the worker
        traceback.print_exc()
        os._exit(1)


def enclose(
    stream: int, memory: int, reach: Reach, supervisor: Broker | None = None, *, reads_files: bool = False
) -> None:
    """Leaves the calling process a stream, the standard ones, and some memory [bytes] beyond what it has.

    It connects to what its supervisor allows, if it has one, or as far as it reaches.  A store on disk needs
    `reads_files`.  Raises OSError.
    """
    sandbox.be_killed_first()
    sandbox.limit_memory(memory)
    sandbox.close_all_but({stream} if supervisor is None else {stream, supervisor.control.fileno()})
    if supervisor is not None:
        supervisor.confine()
        reach = Reach.SUPERVISED
    sandbox.compute_only(reach, reads_files=reads_files)


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="otsgraph.engines.forking", description=__doc__)
    parser.add_argument("directory", type=Path, help="what otsgraph.dataset.build wrote")
    parser.add_argument("--parent", type=int, required=True, help="the process to die with")
    parser.add_argument("--memory", type=int, required=True, help="bytes that a query may take")
    parser.add_argument("--largest-result", type=int, required=True, help="bytes that a result may have")
    return parser.parse_args()


if __name__ == "__main__":
    main()
