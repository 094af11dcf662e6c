"""Whatever is in the files: an import stores and tells, or refuses whole; it never fails otherwise, and never half."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.imports.profiles import MAVEN
from crm.imports.running import Import, Imported, run
from crm.imports.sheets import UnusableFolder
from crm.models import Account, Clone, Contact, ImportRun, Interaction, Opportunity, Tenant
from crm.tenancy import tenant_scope
from guardrails.tenants import create_tenant
from record.actors import SYSTEM
from tests.crm.maven_folder import SMALL, write_export

PIECES = st.sampled_from(
    [
        *("", ",", '"', '""', "\n", "\r\n", "\r", "\0", "\ufeff", " ", ";", "-", "0", "1", "9" * 40, "1e9", "NaN"),
        *("2/30/25", "1/1/0001", "12/31/9999", "=cmd()", "\u202e", "\U0001f98a", "Ø", "x" * 400, "D-1", "1001", "Won"),
    ]
)
EDITS = st.lists(st.tuples(st.sampled_from(sorted(SMALL)), st.floats(0, 1), st.integers(0, 12), PIECES), max_size=5)
RAW = (
    st.none()
    | st.none()
    | st.none()
    | st.tuples(st.sampled_from(sorted(SMALL)), st.floats(0, 1), st.binary(max_size=4))
)
_RUNS: list[int] = []


def edited(edits: Any, raw: Any) -> dict[str, str | bytes | None]:
    """The small export with pieces put in the place of others, and bytes somewhere."""
    contents: dict[str, Any] = dict(SMALL)
    for file, place, length, piece in edits:
        header = contents[file].find("\n") + 1  # mostly left alone: without it there is nothing to read
        at = header + int(place * (len(contents[file]) - header))
        contents[file] = contents[file][:at] + piece + contents[file][at + length :]
    if raw:
        file, place, some_bytes = raw
        encoded = contents[file].encode()
        at = int(place * len(encoded))
        contents[file] = encoded[:at] + some_bytes + encoded[at:]
    return {file.removesuffix(".csv"): content for file, content in contents.items()}


def imported(tenant: Tenant, folder: Path) -> Imported | None:
    try:
        return run(Import(tenant=tenant, folder=folder, profile=MAVEN, actor=SYSTEM))
    except UnusableFolder:
        return None


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, raw=RAW)
def test_any_edit_of_an_export_is_stored_told_or_refused_whole(db: None, tmp_path: Path, edits: Any, raw: Any) -> None:
    _RUNS.append(1)
    tenant = create_tenant(slug=f"run-{len(_RUNS)}", actor=SYSTEM)
    folder = write_export(tmp_path, **edited(edits, raw))
    told = imported(tenant, folder)
    with tenant_scope(tenant):
        stored = {
            "accounts": Account.objects.count(),
            "contacts": Contact.objects.count(),
            "opportunities": Opportunity.objects.count(),
            "interactions": Interaction.objects.count(),
            "clones": Clone.objects.count(),
        }
        runs = ImportRun.objects.count()
    if told is None:
        assert set(stored.values()) == {0}
        assert runs == 0
        return
    assert {kind: counts["created"] for kind, counts in told.counts.items()} == stored
    assert sum(counts["rejected"] for counts in told.counts.values()) <= len(told.errors)
    for error in told.errors:
        lines = (folder / error["file"]).read_bytes().count(b"\n") + 1
        assert 2 <= error["line"] <= lines
        assert error["reason"].endswith(".")
    again = imported(tenant, folder)
    assert again is not None
    assert again.errors == told.errors
    assert {kind: counts["unchanged"] for kind, counts in again.counts.items()} == stored
