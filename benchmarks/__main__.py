"""Measures otsgraph beside other endpoints: `python -m benchmarks`, from the project's folder."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.driving import driver
from benchmarks.endpoints import CannotMeasureError, prepared_endpoints
from benchmarks.measuring import measure, upkeep
from benchmarks.plot import plot
from benchmarks.report import PLOT, report
from benchmarks.results import Results

HERE = Path(__file__).parent
RESULTS = "RESULTS.md"
NOTES = "NOTES.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=_positive, default=5, help="how often each load is measured  [default: 5]")
    parser.add_argument("--seconds", type=_positive, default=3, help="how long a measurement takes  [default: 3]")
    parser.add_argument("--quick", action="store_true", help="1 round of 1 second, to see that all of it works")
    parser.add_argument("--into", type=Path, default=HERE, help=f"where {RESULTS} and {PLOT} go  [default: benchmarks]")
    options = parser.parse_args(arguments)
    # so that a run that is told to end ends what it has started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    rounds, seconds = (1, 1) if options.quick else (options.rounds, options.seconds)
    try:
        results = _run(rounds, seconds)
    except CannotMeasureError as error:
        _tell(str(error))
        return 1
    plot(results, options.into / PLOT)
    with (options.into / RESULTS).open("w", encoding="utf-8") as file:
        for number, part in enumerate(report(results, (HERE / NOTES).read_text(encoding="utf-8"))):
            text = f"\n{part}" if number else part
            # a part that fails takes none of those before it along
            print(text, file=file, flush=True)
            print(text, flush=True)
    return 0


def _run(rounds: int, seconds: int) -> Results:
    with tempfile.TemporaryDirectory(prefix="otsgraph-bench-") as name:
        folder = Path(name)
        endpoints = prepared_endpoints(folder)
        upkeeps = {}
        for endpoint in endpoints:
            _tell(f"start and memory: {endpoint.name}")
            upkeeps[endpoint.name] = upkeep(endpoint, folder)
        return Results(
            day=datetime.now(UTC).date(),
            rounds=rounds,
            seconds=seconds,
            driver=driver(),
            machine=machine.description(),
            versions={endpoint.name: endpoint.version for endpoint in endpoints},
            samples=measure(endpoints, folder, rounds, seconds, _tell),
            upkeeps=upkeeps,
        )


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


if __name__ == "__main__":
    sys.exit(main())
