"""Drives an endpoint with a load for some seconds, by wrk where it is installed, else by `python_driver`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.asking import RESULTS, ask
from benchmarks.client import target
from benchmarks.endpoints import CannotMeasureError
from benchmarks.loads import NUMBER, Load

WARM_UP = 1
"""How long an endpoint is driven before it counts [s]."""

LONGEST_WAIT = 20
"""An answer that takes longer counts as failed [s]."""

NUMBERS = 20_000_000
"""How many numbers one drive may use up."""

_GRACE = 60.0
"""How much longer than it should a driver may take before it is ended [s]."""

_SCRIPT = """\
local before, after, number = %s, %s, %d
if after then
  request = function()
    number = number + 1
    return before .. string.format("%%d", number) .. after
  end
else
  request = function() return before end
end
done = function(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('\\n{"answers": %%d, "seconds": %%f, "p50": %%f, "p99": %%f, "failures": %%d}\\n',
    summary.requests - errors.status, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status + broken))
end
"""
"""For wrk.  In it go the request before and after the number, as strings, and the number to count from."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a driver has seen: answers of status 200 in so many seconds, percentiles of their waiting times [ms]."""

    answers: int
    seconds: float
    p50: float
    p99: float
    failures: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def driver() -> str:
    """The name of what drives."""
    return "wrk" if shutil.which("wrk") else "python"


def drive(url: str, load: Load, seconds: int, first: int) -> Reading:
    """Warms an endpoint up, then drives it.  Distinct queries have numbers from `first` on, NUMBERS at most."""
    _drive_once(url, load, WARM_UP, first)
    _settle(url)
    reading = _drive_once(url, load, seconds, first + NUMBERS // 2)
    _settle(url)
    return reading


def _drive_once(url: str, load: Load, seconds: int, first: int) -> Reading:
    before, number, after = request_text(url, load).partition(NUMBER)
    with tempfile.TemporaryDirectory(prefix="otsgraph-bench-") as folder:
        if driver() == "wrk":
            script = Path(folder) / "load.lua"
            script.write_text(_SCRIPT % (json.dumps(before), json.dumps(after) if number else "nil", first))
            options = ["-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", f"{LONGEST_WAIT}s"]
            command = ["wrk", *options, "-s", str(script), url]
        else:
            plan = {"before": before, "after": after if number else None, "first": first, "url": url}
            plan |= {"connections": load.connections, "seconds": seconds, "longest_wait": LONGEST_WAIT}
            command = [sys.executable, "-m", "benchmarks.python_driver", json.dumps(plan)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + _GRACE, check=False)
    if done.returncode:
        raise CannotMeasureError(f"{command[0]} failed: {done.stderr.strip()}")
    return Reading(**json.loads(done.stdout.splitlines()[-1]))


def request_text(url: str, load: Load) -> str:
    """The request as it goes over the wire, with NUMBER where another number comes each time."""
    address = urlsplit(url)
    return f"GET {target(load.text, address.path)} HTTP/1.1\r\nHost: {address.netloc}\r\nAccept: {RESULTS}\r\n\r\n"


def _settle(url: str) -> None:
    """Waits until an endpoint answers again: one that evaluates in turn still has what the driver no longer awaits."""
    if ask(url, "ASK {}").status != 200:
        raise CannotMeasureError(f"{url} does not answer any more")
