"""A tenant's past as arrays: its deals, its winnings and its activity by day, and how stages end. In the tenant's scope.

Deals come in one stream of text (COPY), twenty-five bytes each: a million of them are read in about a second, and no row
ever becomes an object.
"""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from crm.fields import LAST_YEAR
from crm.models import Tenant
from crm.stages import CLOSED_STAGES, STAGES, Stage
from goals.forecast import A_YEAR, FAR, Deals, Series
from goals.measuring import Survey, held_by_day
from goals.odds import OLDEST
from goals.periods import Period
from goals.scopes import Numbers, Scopes

_ENDS: dict[str, Any] = {"won": Stage.CLOSED_WON.value, "closed": sorted(stage.value for stage in CLOSED_STAGES)}
_EPOCH = date(1970, 1, 1).toordinal()
KNOWN_FOR = timedelta(days=OLDEST + 31)
FEWEST_OF_A_STAGE = 30  # ended deals that were in it
MOST_OF_A_STAGE = 4.0  # times the usual odds, up or down


class Winning(NamedTuple):
    """How the deals that ended in the last year ended: `rate` is the share won (None: none ended), of `ended`."""

    rate: float | None
    won: int
    ended: int


class History(NamedTuple):
    """`deals` as any day knew them: neither what they were worth nor how far they had come is kept. `open` are the same with
    what is known of the open ones today: their worth, and what their stage does to their odds; `valued` with the worth of
    all. `stages` is by how much a deal's stage multiplies its odds, where enough deals of it have ended."""

    deals: Deals
    open: Deals
    valued: Deals
    won: Series
    stages: dict[str, float]
    winning: Winning


def history_of(survey: Survey, *, since: date | None = None) -> History:
    """The deals that are open or ended in the last two years, or after `since` where that is longer ago. Two statements."""
    tenant, today, scopes = survey.tenant, survey.today, Scopes(survey.teams)
    stages = _stage_factors(tenant, today)
    columns = _deal_columns(survey, _from(survey, since))
    clones, opened, closed, stage = (columns[:, place].astype(np.int64) for place in (0, 1, 2, 4))
    is_open = closed == 0
    opened = np.where(is_open, np.minimum(opened + _EPOCH, today.toordinal()), opened + _EPOCH)
    closed = np.where(is_open, FAR, closed + _EPOCH)
    won, amount = columns[:, 3] == 1, columns[:, 5]
    factor = np.array([stages.get(one.value, 1.0) for one in STAGES])[stage]
    paid = won & ~np.isnan(amount)
    series = Series(scopes, clones[paid], closed[paid], np.ones(int(paid.sum())), amount[paid])
    # A deal that is dated ahead has ended: it is won, and none of those that may be.
    now = is_open | (closed <= today.toordinal())
    clones, opened, closed, won, amount, factor, is_open = (
        column[now] for column in (clones, opened, closed, won, amount, factor, is_open)
    )
    unknown = np.full(len(amount), np.nan)
    deals = Deals(clones, opened, closed, won, unknown, np.ones(len(amount)))
    known = replace(deals, value=np.where(is_open, amount, np.nan), factor=factor)
    valued = replace(deals, value=np.where(is_open, np.nan_to_num(amount), np.where(amount > 0, amount, np.nan)))
    return History(deals, known, valued, series, stages, _winning(deals, today.toordinal()))


def activity_of(survey: Survey, *, since: date | None = None) -> Series:
    """What happened on each day of the last two years, or since then, and what is noted ahead. One statement."""
    rows = list(held_by_day(survey, Period(_from(survey, since), date(LAST_YEAR, 12, 31))))
    scopes = Scopes(survey.teams)
    days = np.fromiter((day.toordinal() for _, day, _ in rows), np.int64, len(rows))
    counts = np.fromiter((number for _, _, number in rows), float, len(rows))
    return Series(scopes, scopes.places_of([clone for clone, _, _ in rows]), days, counts, counts)


def _from(survey: Survey, since: date | None) -> date:
    first = survey.today - KNOWN_FOR
    return min(first, since) if since else first


def _deal_columns(survey: Survey, since: date) -> Numbers:
    """By deal: the clone's place, the days it was opened and ended (0: open) since 1970, won, the stage, the amount."""
    text = BytesIO()
    with connection.cursor() as cursor:
        named = {
            "clones": list(survey.teams),
            **_ENDS,
            "stages": [stage.value for stage in STAGES],
            "zone": survey.tenant.time_zone,
            "currency": survey.tenant.currency,
            "since": since,
            "tenant": survey.tenant.pk,
        }
        query = cursor.cursor.mogrify(_DEALS, named).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, NULL 'nan')", text)
    return np.fromstring(text.getvalue().replace(b"\n", b",").rstrip(b","), sep=",").reshape(-1, 6)


def _stage_factors(tenant: Tenant, today: date) -> dict[str, float]:
    """How much likelier than others a deal that was in a stage was won, by the recorded stage changes of a year."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGES, {**_ENDS, "since": today - timedelta(days=A_YEAR), "tenant": tenant.pk})
        rows = cursor.fetchall()
    usual = next((won / ended for stage, won, ended in rows if stage is None and ended), 0.0)
    if not usual:
        return {}
    told = {stage: won / ended / usual for stage, won, ended in rows if stage and ended >= FEWEST_OF_A_STAGE}
    return {stage: min(max(factor, 1 / MOST_OF_A_STAGE), MOST_OF_A_STAGE) for stage, factor in told.items()}


def _winning(deals: Deals, today: int) -> Winning:
    ended = (deals.closed <= today) & (deals.closed > today - A_YEAR)
    won = int(np.count_nonzero(ended & deals.won))
    number = int(np.count_nonzero(ended))
    return Winning(won / number if number else None, won, number)


_DEALS = """
SELECT coalesce(clone.place, 0),
    CASE WHEN deal.ended THEN least(deal.opened, deal.closed_on) ELSE deal.opened END - date '1970-01-01',
    CASE WHEN deal.ended THEN deal.closed_on - date '1970-01-01' ELSE 0 END,
    (deal.stage = %(won)s)::int,
    array_position(%(stages)s, deal.stage::text) - 1,
    CASE WHEN deal.currency = %(currency)s THEN deal.amount END
FROM (
    SELECT clone_id, stage, closed_on, currency, amount, stage = ANY(%(closed)s) AS ended,
        coalesce(opened_on, CASE WHEN stage = ANY(%(closed)s) THEN closed_on END,
            (created_at AT TIME ZONE %(zone)s)::date) AS opened
    FROM crm_opportunity WHERE tenant_id = %(tenant)s
) AS deal
LEFT JOIN unnest(%(clones)s::uuid[]) WITH ORDINALITY AS clone (id, place) ON clone.id = deal.clone_id
WHERE NOT deal.ended OR deal.closed_on >= %(since)s
"""

_STAGES = """
SELECT to_stage, count(*) FILTER (WHERE won), count(*)
FROM (
    SELECT DISTINCT deal.id, deal.stage = %(won)s AS won, change.to_stage
    FROM crm_opportunity AS deal JOIN crm_stagechange AS change ON change.opportunity_id = deal.id
    WHERE deal.stage = ANY(%(closed)s) AND deal.closed_on >= %(since)s AND deal.tenant_id = %(tenant)s
        AND change.to_stage <> ALL(%(closed)s)
    UNION ALL
    SELECT id, stage = %(won)s, NULL FROM crm_opportunity
    WHERE stage = ANY(%(closed)s) AND closed_on >= %(since)s AND tenant_id = %(tenant)s
) AS ended
GROUP BY to_stage
"""
