"""The layouts that `import_crm` can read: which files, which columns, what their words and dates mean.

A profile is a table; crm.imports.running walks it. Files are read in its order: what others point at comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crm.imports.cells import (
    Cell,
    Folder,
    Pointing,
    amount,
    as_written,
    constant,
    day,
    hashed,
    listed,
    noon,
    priced,
    prose,
    reference,
    text,
    where,
    word,
)
from crm.imports.sheets import Row
from crm.items import ACCOUNTS, ATTRIBUTES, CLONES, CONTACTS, INTERACTIONS, OPPORTUNITIES, Kind
from crm.models import Channel, Direction, InteractionStatus
from crm.stages import Stage


@dataclass(frozen=True, slots=True)
class Listing:
    """The columns under which a file lists what other files point at."""

    id: str
    name: str
    price: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """One item that a row makes. `once`: rows that make an item with an external id made before add nothing to it.
    A row whose external id is null makes none."""

    kind: Kind
    external_id: Cell
    fields: Mapping[str, Cell]
    once: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: what it lists, the items each row makes (the last is the row's own), cells that are only checked."""

    file: str
    makes: tuple[Made, ...] = ()
    lists: Listing | None = None
    checks: tuple[Cell, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        """Every cell that is read of a row."""
        made = (cell for item in self.makes for cell in (item.external_id, *item.fields.values()))
        return [*made, *self.checks]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the file must have."""
        named = (self.lists.id, self.lists.name, self.lists.price) if self.lists else ()
        read = (column for cell in self.cells for column in cell.columns)
        return tuple(dict.fromkeys(column for column in (*named, *read) if column))

    @property
    def known(self) -> frozenset[str]:
        """The columns that mean something to us; others are kept as attributes where the kind has them."""
        return frozenset(self.columns) | {column for cell in self.cells for column in cell.may_have}


@dataclass(frozen=True, slots=True)
class Profile:
    """A layout. `newest`: the file and column whose latest date becomes today with --shift-to-today."""

    name: str
    sheets: tuple[Sheet, ...]
    newest: tuple[str, str]

    def sheet(self, file: str) -> Sheet:
        """The sheet of that file."""
        return next(sheet for sheet in self.sheets if sheet.file == file)


# --- maven: Maven Analytics' "CRM Sales Opportunities", with interactions ----------------------------------------

_STAGES = {
    "prospecting": Stage.PROSPECTING.value,
    "engaging": Stage.QUALIFICATION.value,
    "won": Stage.CLOSED_WON.value,
    "lost": Stage.CLOSED_LOST.value,
}
_CHANNELS = {
    "meeting": Channel.MEETING.value,
    "email": Channel.EMAIL.value,
    "call": Channel.CALL.value,
    "chat": Channel.CHAT.value,
}
_STATUSES = {
    "completed": InteractionStatus.COMPLETED.value,
    "scheduled": InteractionStatus.SCHEDULED.value,
    "cancelled": InteractionStatus.CANCELLED.value,
    "canceled": InteractionStatus.CANCELLED.value,
    "missed": InteractionStatus.MISSED.value,
}

_AGENT = Pointing("sales_teams.csv", "sales_agent")
_PRODUCT = Pointing("products.csv", "product", "product_id")
_BUYER = Pointing("accounts.csv", "account", "account_id", ours=True)
_CUSTOMER = Pointing("accounts.csv", "account_name", "account_id", ours=True)


def _sold(row: Row, folder: Folder) -> dict[str, str]:
    """What the deal is about, and whether its amount is the list price for want of one."""
    sold = _PRODUCT.find(row, folder)
    assumed = {} if row.cells["close_value"].strip() or sold is None else {"amount_from": "list price"}
    return {"product": sold.name, **assumed} if sold else {}


def _title(row: Row, folder: Folder) -> str:
    """The export's deals have no name of their own: the product and the customer, as far as they are known."""
    sold, buyer = _PRODUCT.find(row, folder), _BUYER.find(row, folder)
    parts = [sold.name if sold else "Deal", f"for {buyer.name}" if buyer else "without an account"]
    return " ".join(parts)


def _names_somebody(row: Row) -> bool:
    """Whether the row names a person and the account they belong to."""
    return bool(row.cells["contact_name"].strip() and (row.cells["account_id"] + row.cells["account_name"]).strip())


_CONTACT_ID = where(_names_somebody, hashed("contact", reference(_CUSTOMER), text("contact_name")))

MAVEN = Profile(
    name="maven",
    newest=("interactions.csv", "timestamp"),
    sheets=(
        Sheet(
            "sales_teams.csv",
            lists=Listing("sales_person_id", "sales_agent"),
            makes=(Made(CLONES, text("sales_person_id"), {"name": text("sales_agent"), "team": text("manager")}),),
        ),
        Sheet(
            "products.csv",
            lists=Listing("product_id", "product", price="sales_price"),
            checks=(priced("sales_price"),),
        ),
        Sheet(
            "accounts.csv",
            lists=Listing("account_id", "account"),
            makes=(
                Made(
                    ACCOUNTS.with_fields(ATTRIBUTES),
                    text("account_id"),
                    {"name": text("account"), "industry": text("sector")},
                ),
            ),
        ),
        Sheet(
            "sales_pipeline.csv",
            makes=(
                Made(
                    OPPORTUNITIES.with_fields(ATTRIBUTES),
                    text("opportunity_id"),
                    {
                        "account": reference(_BUYER),
                        "clone": reference(_AGENT),
                        "name": Cell(("product", "product_id", "account", "account_id"), _title),
                        "stage": word("deal_stage", _STAGES),
                        "amount": amount("close_value", of=_PRODUCT),
                        "opened_on": day("engage_date"),
                        "closed_on": day("close_date"),
                        "attributes": Cell(("product",), _sold),
                    },
                ),
            ),
        ),
        Sheet(
            "interactions.csv",
            makes=(
                # The export names people without their addresses. They become contacts, so that the addresses a CRM
                # sends later, or a person adds, have somebody to belong to.
                Made(
                    CONTACTS,
                    _CONTACT_ID,
                    {"account": reference(_CUSTOMER), "name": text("contact_name")},
                    once=True,
                ),
                Made(
                    INTERACTIONS.with_fields(ATTRIBUTES),
                    hashed(
                        "interaction",
                        reference(_CUSTOMER),
                        text("contact_name"),
                        word("activity_type", _CHANNELS),
                        as_written("timestamp"),
                        prose("comment"),
                        column="interaction_id",
                    ),
                    {
                        "account": reference(_CUSTOMER),
                        "contact": _CONTACT_ID,
                        "channel": word("activity_type", _CHANNELS),
                        # Who wrote to whom stands in the text alone, in both directions under one word: not guessed.
                        "direction": constant(Direction.NONE.value),
                        "status": word("status", _STATUSES),
                        "occurred_at": noon("timestamp"),
                        "text": prose("comment"),
                        "participants": listed("contact_name"),
                    },
                ),
            ),
        ),
    ),
)

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (MAVEN,)})
