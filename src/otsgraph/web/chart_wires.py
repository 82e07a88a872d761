"""The lines and the heads of arrows by which boxes hang together, as path data; pure.

Source: SVG 2 §9.3.
"""

from __future__ import annotations

from collections.abc import Sequence

CORNER = 6
"""How round the corners of brackets are."""

HEAD = 7
"""How long the head of an arrow is."""


def bracket(edge: float, spine: float, heights: Sequence[float]) -> str:
    """What joins points below each other at x = `edge` by an upright line at x = `spine`; `heights` are ascending.

    Of one point it is a line to the spine.
    """
    first, *between = heights
    if not between:
        return f"M{edge:g} {first:.1f}H{spine:g}"
    last = between.pop()
    turn = spine + (CORNER if edge > spine else -CORNER)
    outline = (
        f"M{edge:g} {first:.1f}H{turn:g}Q{spine:g} {first:.1f} {spine:g} {first + CORNER:.1f}"
        f"V{last - CORNER:.1f}Q{spine:g} {last:.1f} {turn:g} {last:.1f}H{edge:g}"
    )
    return outline + "".join(f"M{edge:g} {height:.1f}H{spine:g}" for height in between)


def curve(x1: float, y1: float, x2: float, y2: float) -> str:
    """A line that leaves and arrives level."""
    middle = (x1 + x2) / 2
    return f"M{x1:g} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} {y2:.1f} {x2:g} {y2:.1f}"


def head(x: float, y: float) -> str:
    """The head of an arrow that points to the right and ends in a point."""
    return f"M{x - HEAD:g} {y - HEAD / 2:.1f}L{x:g} {y:.1f}L{x - HEAD:g} {y + HEAD / 2:.1f}Z"
