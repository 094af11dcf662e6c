"""The statements of engine.ranking: what waits, what each is worth, and what came since. Built of constants only."""

_PENDING = """pending AS MATERIALIZED (
    SELECT a.id, a.clone_id, a.action_type, coalesce(a.stage, %(no_stage)s) AS stage, coalesce(a.rules[1], a.tier) AS reason,
        a.cause, a.assignee_id, a.opportunity_id, a.opportunity_id IS NOT NULL AS has_deal, a.expires_at,
        coalesce(a.waiting_since, a.proposed_at) AS since,
        greatest(a.waiting_since, a.proposed_at, a.snoozed_until) AS came_at,
        coalesce(a.snoozed_until > %(now)s, false) AS is_snoozed,
        coalesce(o.currency = %(currency)s, false) AS is_ours,
        CASE WHEN o.currency = %(currency)s THEN o.amount END AS amount
    FROM engine_action a LEFT JOIN crm_opportunity o ON o.id = a.opportunity_id
    WHERE a.tenant_id = %(tenant)s AND a.status = 'pending' AND a.expires_at > %(now)s
)"""
_OF_CLONE = "(%(clone)s::uuid IS NULL OR clone_id = %(clone)s::uuid)"
_OF_ACTION = "(%(action)s::text IS NULL OR action_type = %(action)s)"
_OF_STAGE = "(%(stage)s::text IS NULL OR stage = %(stage)s)"
_OF_REASON = "(%(reason)s::text IS NULL OR reason = %(reason)s)"
_OF_THE_REST = """(
    (%(value_from)s::numeric IS NULL OR amount >= %(value_from)s)
    AND (%(value_to)s::numeric IS NULL OR amount <= %(value_to)s)
    AND (%(hours)s::int IS NULL OR since <= %(now)s - make_interval(hours => %(hours)s))
    AND (%(assignee)s::int IS NULL OR assignee_id = %(assignee)s)
    AND (%(since)s::timestamptz IS NULL OR came_at > %(since)s)
    AND is_snoozed = %(snoozed)s)"""

# What waits is read once, by the index actions_that_wait; which goal it serves is found once for each clone and kind of
# action, not for each action. A filter's options are counted as if that filter alone were not set.
RANKING = f"""
WITH goal AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(goals)s::jsonb) AS g(
        n int, id text, goal_type text, clone uuid, team text, narrowness int, reached float8)
), moves AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(moves)s::jsonb) AS m(action_type text, goal_type text, place int)
), {_PENDING}, likeliest AS MATERIALIZED (
    SELECT k.clone_id, k.action_type, k.has_deal, found.id, found.reached
    FROM (SELECT DISTINCT clone_id, action_type, has_deal FROM pending) k
    JOIN crm_clone c ON c.id = k.clone_id
    CROSS JOIN LATERAL (
        SELECT g.id, g.reached FROM goal g JOIN moves m ON m.goal_type = g.goal_type
        WHERE m.action_type = CASE WHEN k.action_type = ANY(%(own_moves)s) THEN k.action_type WHEN k.has_deal THEN '' END
        AND (g.clone = k.clone_id OR (g.clone IS NULL AND g.team IN ('', c.team)))
        ORDER BY g.narrowness DESC, m.place, g.reached, g.n LIMIT 1) found
), factors AS (
    SELECT p.*,
        1000 + coalesce(p.amount, 0)::float8 AS worth,
        1 + 24 / (greatest(extract(epoch FROM p.expires_at - %(as_of)s)::float8 / 3600, 0) + 4) AS urgency,
        1 + least(greatest(1 - coalesce(named.reached, likeliest.reached, 1), 0), 1) AS goal,
        1 + least(greatest(extract(epoch FROM %(as_of)s - p.since)::float8 / 3600 / 72, 0), 1) / 2 AS age,
        coalesce(named.id, likeliest.id) AS serves
    FROM pending p
    LEFT JOIN goal named ON p.cause = 'goal:' || named.id
    LEFT JOIN likeliest USING (clone_id, action_type, has_deal)
), waiting AS MATERIALIZED (
    SELECT f.*, f.worth * f.urgency * f.goal * f.age AS score,
        {_OF_CLONE} AS of_clone, {_OF_ACTION} AS of_action, {_OF_STAGE} AS of_stage, {_OF_REASON} AS of_reason,
        {_OF_THE_REST} AS of_the_rest
    FROM factors f
), matching AS MATERIALIZED (
    SELECT * FROM waiting WHERE of_clone AND of_action AND of_stage AND of_reason AND of_the_rest
), options AS (
    SELECT 'clone' AS facet, clone_id::text AS value, count(*) AS count FROM waiting
    WHERE of_action AND of_stage AND of_reason AND of_the_rest GROUP BY clone_id
    UNION ALL SELECT 'action', action_type, count(*) FROM waiting
    WHERE of_clone AND of_stage AND of_reason AND of_the_rest GROUP BY action_type
    UNION ALL SELECT 'stage', stage, count(*) FROM waiting
    WHERE of_clone AND of_action AND of_reason AND of_the_rest GROUP BY stage
    UNION ALL SELECT 'reason', reason, count(*) FROM waiting
    WHERE of_clone AND of_action AND of_stage AND of_the_rest GROUP BY reason
), page AS (
    SELECT id, score, worth, urgency, goal, age, serves FROM matching
    WHERE %(score)s::float8 IS NULL OR score < %(score)s OR (score = %(score)s AND id > %(last)s::uuid)
    ORDER BY score DESC, id LIMIT %(size)s
), deals AS (
    SELECT DISTINCT opportunity_id, amount FROM matching WHERE is_ours
)
SELECT
    (SELECT coalesce(jsonb_agg(to_jsonb(page) ORDER BY score DESC, id), '[]') FROM page),
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'facet', o.facet, 'value', o.value, 'label', coalesce(c.name, o.value), 'count', o.count)
            ORDER BY o.count DESC, o.value), '[]')
        FROM options o LEFT JOIN crm_clone c ON o.facet = 'clone' AND c.id::text = o.value),
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'name', v.name, 'filters', v.filters) ORDER BY lower(v.name)),
            '[]')
        FROM engine_savedview v WHERE v.tenant_id = %(tenant)s AND v.person_id = %(person)s),
    (SELECT count(*) FROM waiting WHERE NOT is_snoozed),
    (SELECT count(*) FROM matching),
    (SELECT count(*) FROM deals),
    (SELECT sum(amount) FROM deals),
    (SELECT CASE WHEN count(amount) >= 10 THEN percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) END
        FROM (SELECT DISTINCT opportunity_id, amount FROM waiting WHERE is_ours) d),
    (SELECT count(*) FROM waiting WHERE is_snoozed),
    (SELECT count(*) FROM waiting WHERE assignee_id = %(person)s AND NOT is_snoozed),
    ARRAY(SELECT u.id FROM engine_action u WHERE u.tenant_id = %(tenant)s AND u.status = 'unknown'
        ORDER BY u.id DESC LIMIT %(unsettled)s)
"""

# What came since then, but for what is shown; by the same reading of what waits, without its order.
NEWS = f"""
WITH {_PENDING}
SELECT count(*) FILTER (WHERE came_at > %(came_after)s AND NOT id = ANY(%(shown)s::uuid[])), count(*) FROM pending
WHERE {_OF_CLONE} AND {_OF_ACTION} AND {_OF_STAGE} AND {_OF_REASON} AND {_OF_THE_REST}
"""
