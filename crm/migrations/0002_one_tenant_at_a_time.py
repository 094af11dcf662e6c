"""Row-level security on every table of a tenant, and the three look-ups that come before the tenant is known."""

from django.db import migrations

from record.isolation import protect

# A key is looked up once per request; its last use is written at most once a minute, so that reading stays cheap.
FIND_KEYS = """
CREATE FUNCTION crm_find_agent_key(wanted text) RETURNS SETOF crm_agentkey
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE crm_agentkey k SET last_used_at = clock_timestamp()
    WHERE k.prefix = wanted AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
    AND (k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - interval '1 minute');
    RETURN QUERY SELECT * FROM crm_agentkey k
    WHERE k.prefix = wanted AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
END $$;

CREATE FUNCTION crm_find_person_token(wanted text) RETURNS SETOF crm_persontoken
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE crm_persontoken k SET last_used_at = clock_timestamp()
    WHERE k.prefix = wanted AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
    AND (k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - interval '1 minute');
    RETURN QUERY SELECT * FROM crm_persontoken k
    WHERE k.prefix = wanted AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());
END $$;

CREATE FUNCTION crm_memberships_of(who integer) RETURNS SETOF crm_membership
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM crm_membership WHERE person_id = who
$$;
"""
FORGET_KEYS = """
DROP FUNCTION crm_memberships_of(integer);
DROP FUNCTION crm_find_person_token(text);
DROP FUNCTION crm_find_agent_key(text);
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0001_initial"), ("record", "0002_what_cannot_be_changed")]

    operations = [
        *(protect(f"crm_{table}", owner_reads=True) for table in ("agentkey", "persontoken", "membership")),
        *(
            protect(f"crm_{table}")
            for table in (
                "clone",
                "account",
                "contact",
                "suppression",
                "opportunity",
                "stagechange",
                "interaction",
                "briefing",
                "importrun",
            )
        ),
        migrations.RunSQL(FIND_KEYS, FORGET_KEYS),
    ]
