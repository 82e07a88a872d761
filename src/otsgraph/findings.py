"""What a validation finds, and the report of it, for people and for machines; pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

MOST_OF_A_KIND = 20
"""Findings of one check that a report for people lists."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    `check` names what found it; `resource` is an IRI or empty, `name` the same as a prefixed name where it has one;
    `message` says what is wrong and what would be right; `file` is a path below the root; `line` and `column` count
    from 1 and are 0 where they are not known.
    """

    check: str
    message: str
    resource: str = ""
    name: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        what = f"{self.name or self.resource} {self.message}" if self.resource else self.message
        return f"{where}: {what}  [{self.check}]" if where else f"{what}  [{self.check}]"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, by file and line, and how much was looked at.

    `counts` has rows of numbers by the name of what they count: voices, natures, graphs, checks and so on.  `stopped`
    says why the rest was not checked, or is empty.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    stopped: str = ""

    @property
    def valid(self) -> bool:
        return not self.findings

    def as_json(self) -> str:
        fields = {"valid": self.valid, "stopped": self.stopped, "counts": self.counts}
        findings = [asdict(finding) for finding in self.findings]
        return json.dumps({**fields, "findings": findings}, ensure_ascii=False, indent=1) + "\n"

    def as_text(self) -> str:
        """The counts, a line each, then the findings, then the verdict."""
        parts = [*_table(self.counts), *([""] if self.counts else []), *_first_of_each(self.findings)]
        if self.findings:
            parts.append("")
        if self.stopped:
            parts.append(self.stopped)
        number = len(self.findings)
        parts.append("valid" if self.valid else f"not valid: {number} finding{'' if number == 1 else 's'}")
        return "\n".join(parts) + "\n"


def _first_of_each(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as lines, at most MOST_OF_A_KIND of each check: one mistake can have hundreds of them."""
    number: Counter[str] = Counter()
    for finding in findings:
        number[finding.check] += 1
        if number[finding.check] <= MOST_OF_A_KIND:
            yield str(finding)
    for check, count in number.items():
        if count > MOST_OF_A_KIND:
            yield f"… and {count - MOST_OF_A_KIND:,} more of this kind; --format json lists all  [{check}]"


def _table(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for title, row in counts.items():
        yield title
        width = max((len(name) for name in row), default=0)
        for name, number in row.items():
            yield f"  {name:<{width}}  {number:>7,}"
