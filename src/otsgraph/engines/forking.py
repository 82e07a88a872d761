"""The nursery process: loads a prepared dataset once, and forks a fenced worker from itself whenever it is asked to.

A worker that is forked is ready in milliseconds and shares the memory of the dataset with all others.

Run as `python -P -m otsgraph.engines.forking DIR --parent PID --memory BYTES --largest-result BYTES`.  Standard input
is a Unix socket that keeps messages apart (SOCK_SEQPACKET), each of them a JSON object:

    {}                                           it is ready (sent once, unasked)
    {"fork": {"nice": 19, "services": []}}       with the worker's end of a stream socket; answered by {"pid": …}, which
                                                 is 0 if the system lets no process be made
    {"reap": pid}                                ends a worker, if it has not ended; answered by {"status": …}
"""

from __future__ import annotations

import argparse
import array
import gc
import json
import os
import signal
import socket
import traceback
from pathlib import Path
from typing import Any

from otsgraph.engines import fences
from otsgraph.engines.worker import answer_jobs, load
from otsgraph.evaluation import Evaluator

LONGEST_MESSAGE = 2**16
"""Bytes."""


def main() -> None:
    options = _options()
    fences.die_with_parent(options.parent)
    fences.dump_no_core()
    evaluator = load(options.directory, options.largest_result)
    # what is there now is never freed, so that workers need not copy the pages that hold it
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=os.dup(0))
    control.send(b"{}")
    while True:
        message, descriptors = _receive(control)
        if not message:
            return
        request = json.loads(message)
        if "reap" in request:
            reply = {"status": _reap(request["reap"])}
        else:
            reply = {"pid": _fork(evaluator, control, descriptors[0], options.memory, **request["fork"])}
        control.send(json.dumps(reply).encode())


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


def _fork(
    evaluator: Evaluator, control: socket.socket, descriptor: int, memory: int, nice: int, services: list[str]
) -> int:
    """The process id of a new worker that talks on a descriptor; 0 if the system lets no process be made."""
    nursery = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        os.close(descriptor)
        return 0
    if pid:
        os.close(descriptor)
        return pid
    try:
        fences.die_with_parent(nursery)
        control.close()
        _leave_standard_streams()
        with os.fdopen(descriptor, "rb") as jobs, os.fdopen(os.dup(descriptor), "wb") as answers:
            os.nice(nice)
            fences.be_killed_first()
            fences.limit_memory(memory)
            if not services:
                fences.open_no_socket()
            answer_jobs(evaluator, jobs, answers, frozenset(services))
        os._exit(0)
    except BaseException:  # noqa: BLE001
        # nothing of the nursery's may go on in the worker
        traceback.print_exc()
        os._exit(1)


def _leave_standard_streams() -> None:
    """Nothing comes in by standard input, and whatever is printed goes to standard error."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="otsgraph.engines.forking", description=__doc__)
    parser.add_argument("directory", type=Path, help="what otsgraph.prepare wrote")
    parser.add_argument("--parent", type=int, required=True, help="the process to die with")
    parser.add_argument("--memory", type=int, required=True, help="bytes that a query may take")
    parser.add_argument("--largest-result", type=int, required=True, help="bytes that a result may have")
    return parser.parse_args()


if __name__ == "__main__":
    main()
