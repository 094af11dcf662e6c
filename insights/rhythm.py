"""How an account's touches go: silence, slower replies, and what changed in the last week against the month before it.

Nothing here reads a text or a clock; `now` is handed in. The recent 7 days are compared with the 30 days before them.
A change counts when it is large both as a share and in number, so that one mail more or less is no news.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from insights.findings import DECISIVE, MOST, Finding

DAY = timedelta(days=1)
RECENT = 7 * DAY
BASELINE = 30 * DAY

HELD = frozenset({"completed"})
NOT_HELD = frozenset({"cancelled", "missed"})
SCHEDULED = "scheduled"
LIVE_CHANNELS = frozenset({"meeting", "call"})

FEWEST_TOUCHES = 4  # of a past that shows a rhythm
SHORTEST_SILENCE = 7 * DAY
TIMES_THE_USUAL_GAP = 2.5
FEWEST_REPLIES = 3  # on each side, to speak of slower ones
TIMES_SLOWER = 2.0
SHORTEST_SLOWNESS = timedelta(hours=8)
FEWEST_A_WEEK = 2.0  # touches a week in the baseline, below which a week without says nothing
UP, DOWN = 1.75, 0.5  # a week's number as a share of the usual week's
FEWEST_MORE = 3  # touches beyond the usual, for a rise
FEWEST_MEETINGS = 3
ATTENDANCE_STEP = 0.34  # of the meetings held, a third more or less
FEWEST_MESSAGES = 3


@dataclass(frozen=True, slots=True)
class Touch:
    """One interaction, as much as its rhythm needs. `reference` is the caller's, handed back as evidence.

    `at` is aware; `direction` in, out or none; `channel` email, chat, meeting, call or crm; `status` completed,
    scheduled, cancelled or missed; `characters` how long its text is; `participants` how many took part. Raises
    ValueError for a time without a zone.
    """

    at: datetime
    direction: str
    channel: str
    status: str = "completed"
    characters: int = 0
    participants: int = 0
    reference: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"at: a time with a zone, not {self.at.isoformat()}.")


def detect_rhythm(touches: Iterable[Touch], *, now: datetime) -> list[Finding]:
    """Return what the rhythm of one account's touches shows at `now`, one finding a signal.

    Touches after `now` are appointments: they end a silence and count for nothing else.
    """
    in_order = sorted(touches, key=lambda touch: touch.at)
    past = [touch for touch in in_order if touch.at <= now]
    ahead = [touch for touch in in_order if touch.at > now and touch.status == SCHEDULED]
    found = [silence(past, ahead, now=now), slower_replies(past, now=now)]
    found += [change(past, now=now) for change in (rate_change, attendance_change, depth_change)]
    return [finding for finding in found if finding]


def silence(past: Sequence[Touch], ahead: Sequence[Touch], *, now: datetime) -> Finding | None:
    """The customer has been quiet for much longer than the gaps between their touches used to be.

    Not while an appointment lies ahead, nor before there is a rhythm to be missed.
    """
    theirs = [touch for touch in past if _is_theirs(touch)]
    if ahead or len(theirs) < FEWEST_TOUCHES:
        return None
    usual = _usual_gap(theirs)
    quiet = now - theirs[-1].at
    allowed = max(SHORTEST_SILENCE, usual * TIMES_THE_USUAL_GAP)
    if quiet < allowed:
        return None
    reason = f"Nothing from them for {_days(quiet)}; before, a touch came every {_days(usual)}."
    return _finding("silence", quiet / allowed, reason, theirs[-3:])


def slower_replies(past: Sequence[Touch], *, now: datetime) -> Finding | None:
    """Their answers to our messages took at least twice as long in the last two weeks as before."""
    replies = _replies(past)
    since = now - 2 * RECENT
    recent = [(took, touch) for took, touch in replies if touch.at >= since]
    before = [took for took, touch in replies if touch.at < since]
    if len(recent) < FEWEST_REPLIES or len(before) < FEWEST_REPLIES:
        return None
    lately, usually = _middle([took for took, _ in recent]), _middle(before)
    if lately < usually * TIMES_SLOWER or lately - usually < SHORTEST_SLOWNESS:
        return None
    reason = f"Their answers now take {_span(lately)}; before, they took {_span(usually)}."
    ratio = lately / (max(usually, SHORTEST_SLOWNESS / 2) * TIMES_SLOWER)
    return _finding("slower_replies", ratio, reason, [touch for _, touch in recent])


def rate_change(past: Sequence[Touch], *, now: datetime) -> Finding | None:
    """More, or fewer, of their touches in the last week than in a usual week of the month before."""
    recent, before = _split([touch for touch in past if _is_theirs(touch)], now)
    usual = len(before) * (RECENT / BASELINE)
    if len(recent) >= usual * UP and len(recent) - usual >= FEWEST_MORE and before:
        reason = f"{len(recent)} touches in the last 7 days; a usual week had {usual:.1f}."
        return _finding("rate_up", len(recent) / (usual * UP), reason, recent)
    if usual >= FEWEST_A_WEEK and len(recent) <= usual * DOWN:
        reason = f"{_count(len(recent), 'touch', 'touches')} in the last 7 days; a usual week had {usual:.1f}."
        return _finding("rate_down", (usual * DOWN) / max(len(recent), 0.5), reason, recent or before[-3:])
    return None


def attendance_change(past: Sequence[Touch], *, now: datetime) -> Finding | None:
    """A larger, or smaller, share of the meetings that were due took place."""
    due = [touch for touch in past if touch.channel in LIVE_CHANNELS and touch.status in HELD | NOT_HELD]
    recent, before = _split(due, now)
    if len(recent) < 2 or len(before) < FEWEST_MEETINGS:
        return None
    lately, usually = _share_held(recent), _share_held(before)
    if abs(lately - usually) < ATTENDANCE_STEP:
        return None
    signal = "attendance_up" if lately > usually else "attendance_down"
    reason = f"{lately:.0%} of the last 7 days' meetings were held; in the month before, {usually:.0%}."
    return _finding(signal, abs(lately - usually) / ATTENDANCE_STEP, reason, recent)


def depth_change(past: Sequence[Touch], *, now: datetime) -> Finding | None:
    """Their messages became much longer or shorter, or many more or fewer people take part."""
    theirs = [touch for touch in past if _is_theirs(touch)]
    by_length = _depth(theirs, now, of=lambda touch: touch.characters, unit="characters")
    return by_length or _depth(theirs, now, of=lambda touch: touch.participants, unit="people")


def _depth(theirs: Sequence[Touch], now: datetime, *, of: Callable[[Touch], int], unit: str) -> Finding | None:
    recent, before = _split([touch for touch in theirs if of(touch) > 0], now)
    if len(recent) < FEWEST_MESSAGES or len(before) < FEWEST_MESSAGES:
        return None
    lately, usually = median(map(of, recent)), median(map(of, before))
    reason = f"A touch of the last 7 days has {lately:.0f} {unit}; in the month before, {usually:.0f}."
    if lately >= usually * UP:
        return _finding("depth_up", lately / (usually * UP), reason, recent)
    if lately <= usually * DOWN:
        return _finding("depth_down", (usually * DOWN) / lately, reason, recent)
    return None


def _is_theirs(touch: Touch) -> bool:
    """What shows the customer's interest: what came from them, and meetings that were held."""
    if touch.status != "completed":
        return False
    return touch.direction == "in" or (touch.direction == "none" and touch.channel in LIVE_CHANNELS)


def _usual_gap(touches: Sequence[Touch]) -> timedelta:
    gaps = [later.at - earlier.at for earlier, later in pairwise(touches)]
    return _middle([gap for gap in gaps if gap > timedelta()])


def _middle(spans: Sequence[timedelta]) -> timedelta:
    """The median; no time at all for no spans."""
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else timedelta()


def _replies(past: Sequence[Touch]) -> list[tuple[timedelta, Touch]]:
    """How long each answer of theirs took: the time since the first of our messages it may answer."""
    replies, asked = [], None
    for touch in past:
        if touch.channel in LIVE_CHANNELS or touch.status != "completed":
            continue
        if touch.direction == "out" and asked is None:
            asked = touch.at
        elif touch.direction == "in" and asked is not None:
            replies.append((touch.at - asked, touch))
            asked = None
    return replies


def _split(touches: Sequence[Touch], now: datetime) -> tuple[list[Touch], list[Touch]]:
    """The touches of the last 7 days, and those of the 30 days before them."""
    recent = [touch for touch in touches if now - RECENT < touch.at <= now]
    before = [touch for touch in touches if now - RECENT - BASELINE < touch.at <= now - RECENT]
    return recent, before


def _share_held(meetings: Sequence[Touch]) -> float:
    return sum(touch.status in HELD for touch in meetings) / len(meetings)


def _finding(signal: str, strength: float, reason: str, touches: Sequence[Touch]) -> Finding:
    """`strength` is how many times its limit the change is: 1 gives 0.72, twice 0.81, four times 0.9, and so on."""
    confidence = round(min(MOST, 0.72 + 0.09 * (max(strength, 1.0) - 1.0) ** 0.6), 4)
    evidence = tuple(touch.reference for touch in touches if touch.reference)
    return Finding(signal, confidence, reason, "", 0, 0, confidence >= DECISIVE, evidence)


def _days(span: timedelta) -> str:
    return _count(max(1, round(span / DAY)), "day", "days")


def _span(span: timedelta) -> str:
    return _days(span) if span >= DAY else _count(max(1, round(span / timedelta(hours=1))), "hour", "hours")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
