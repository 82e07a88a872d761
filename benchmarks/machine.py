"""What the measurements were made on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

MIB = 2**20


def description() -> dict[str, str]:
    """What each property is called → its value, in words."""
    processor = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB", _read("/proc/meminfo"), re.MULTILINE)
    return {
        "Processor": processor[1] if processor else "unknown",
        "Cores": str(len(os.sched_getaffinity(0))),
        "Memory": f"{int(memory[1]) / 2**20:.1f} GiB" if memory else "unknown",
        "System": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")
