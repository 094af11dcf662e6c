"""A text as the console draws it: what it hides is made visible, stretches that somebody marked carry their label, and
every link says where it really leads. Knows no Django; whoever renders the runs escapes them."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from crm.console.links import Link, links_in
from crm.console.visible import Piece, pieces


class Span(NamedTuple):
    """`text[start:end]` of a text is marked, and `label` says as what."""

    start: int
    end: int
    label: str


class Run(NamedTuple):
    """A stretch of a text that is drawn in one way. `marked`, `linked`: it lies in a span, in a link; `labels`, `link`:
    what ends with it."""

    pieces: list[Piece]
    marked: bool
    linked: bool
    labels: list[str]
    link: Link | None


def unified(text: str) -> str:
    """A text as `runs` counts its characters: each line's end is one."""
    return text.replace("\r\n", "\n")


def runs(text: str, spans: Iterable[Span] = ()) -> list[Run]:
    """The runs of a text, in its order; `spans` count the characters of unified(text)."""
    whole = unified(text)
    marked = [Span(max(one.start, 0), min(one.end, len(whole)), one.label) for one in spans if one.start < one.end]
    links = links_in(whole)
    starts = [link.start for link in links]
    cuts = sorted({0, len(whole), *(at for one in marked for at in one[:2]), *(at for one in links for at in one[:2])})
    made = []
    for start, end in pairwise(cuts):
        before = bisect_right(starts, start) - 1
        link = links[before] if before >= 0 and start < links[before].end else None
        over = [one for one in marked if one.start <= start < one.end]
        labels = sorted({one.label for one in over if one.end == end})
        ending = link if link and link.end == end else None
        made.append(Run(pieces(whole[start:end]), bool(over), link is not None, labels, ending))
    return made
