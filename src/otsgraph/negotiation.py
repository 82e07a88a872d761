"""From an Accept header to formats; pure.  Source: RFC 9110 §12.5.1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from otsgraph.errors import NotAcceptable
from otsgraph.operation import FormatChoice
from otsgraph.rdf.formats import Format, GraphFormat, ResultsFormat, Syntax

F = TypeVar("F", bound=Format)

LONGEST_ACCEPT = 2**12
"""Characters of an Accept header that are read."""

MOST_RANGES = 100


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header; `*` stands for any type or subtype."""

    type: str
    subtype: str
    quality: float

    def matches(self, media_type: str) -> bool:
        type_, _, subtype = media_type.partition("/")
        return self.type in ("*", type_) and self.subtype in ("*", subtype)

    @property
    def specificity(self) -> int:
        return (self.type != "*") + (self.subtype != "*")


def parse_accept(accept: str) -> list[MediaRange]:
    """The media ranges of an Accept header, in its order.

    What comes after LONGEST_ACCEPT or MOST_RANGES is passed over, and what is not a media range, or whose weight is
    not between 0 and 1.  Parameters other than the weight (`charset`, `profile`) do not narrow a range: our formats
    have one form each.
    """
    elements = accept[:LONGEST_ACCEPT].split(",", MOST_RANGES)[:MOST_RANGES]
    return [r for r in map(_media_range, elements) if r is not None]


def _media_range(element: str) -> MediaRange | None:
    name, *parameters = (part.strip().lower() for part in element.split(";"))
    type_, slash, subtype = name.partition("/")
    if not (type_ and slash and subtype) or (type_ == "*" and subtype != "*"):
        return None
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
    return MediaRange(type_, subtype, quality) if 0 <= quality <= 1 else None


def quality(format_: Format, ranges: Iterable[MediaRange]) -> float:
    """How much the client likes a format, 0.0 (not at all) to 1.0: the weight of the most specific range.

    Wildcards stand for standard media types only; an alias has to be asked for by its full name.
    """
    best = (-1, 0.0)
    for range_ in ranges:
        exact = range_.specificity == 2 and any(range_.matches(alias) for alias in format_.syntax.aliases)
        if exact or range_.matches(format_.media_type):
            best = max(best, (range_.specificity, range_.quality))
    return best[1]


def preferred(ranges: Sequence[MediaRange], offered: Sequence[F]) -> F | None:
    """The format offered that the client likes best; ties keep our order.  None if it accepts none."""
    best = max(offered, key=lambda f: quality(f, ranges))
    return best if quality(best, ranges) > 0 else None


def negotiate(accept: str | None, offered: Sequence[F]) -> F:
    """The format offered that the client likes best.  Raises NotAcceptable."""
    best = preferred(parse_accept(accept or "*/*"), offered)
    if best is None:
        raise not_acceptable(offered)
    return best


def choose_formats(accept: str | None) -> FormatChoice:
    """The pair of formats for a query whose kind of result is not known yet.

    Raises NotAcceptable if the client accepts neither a results format nor a graph format.
    """
    ranges = parse_accept(accept or "*/*")
    choice = FormatChoice(preferred(ranges, tuple(ResultsFormat)), preferred(ranges, tuple(GraphFormat)))
    if choice == FormatChoice(None, None):
        raise not_acceptable([*ResultsFormat, *GraphFormat])
    return choice


def prefers_html(accept: str | None, offered: Sequence[Format]) -> bool:
    """Whether the client asks for HTML by name and likes it better than every format offered."""
    ranges = parse_accept(accept or "*/*")
    html = max((r.quality for r in ranges if (r.type, r.subtype) == ("text", "html")), default=0.0)
    return html > max((quality(f, ranges) for f in offered), default=0.0)


def prefers_html_to_json(accept: str | None) -> bool:
    """Whether the client asks for HTML by name and likes it better than plain JSON."""
    return prefers_html(accept, (_Plain.JSON,))


class _Plain(Format):
    """What is no format of results: JSON in a shape of our own."""

    JSON = Syntax("json", "application/json", "json", "https://www.iana.org/assignments/media-types/application/json")


def not_acceptable(offered: Iterable[Format]) -> NotAcceptable:
    names = [f.media_type for f in offered]
    return NotAcceptable(f"The result has none of the formats asked for; there are {', '.join(names)}.", offered=names)
