"""Kessler Fittings supplies valves and pumps to industry: its people, agents, customers and deals."""

from crm.models import Role
from crm.stages import Stage
from engine.demo.earlier import earlier_deals
from engine.demo.kessler_actions import HAPPENINGS
from engine.demo.kessler_month import MONTH, UNSORTED
from engine.demo.kessler_talks import TALKS
from engine.demo.rows import Agent, Company, Contact, Customer, Deal, Person, Target


def _agent(name: str, team: str, owner: str, owner_name: str) -> Agent:
    address = f"{name.lower().replace(' ', '.')}@kessler.example"
    signature = f"{name}\nKessler Fittings, sales team of {owner_name}\n{address}"
    reply_to = f"{owner}@kessler.example"
    return Agent(name=name, team=team, owner=owner, address=address, reply_to=reply_to, signature=signature)


def _person(username: str, first_name: str, last_name: str, role: Role) -> Person:
    email = f"{username}@kessler.example"
    return Person(username=username, first_name=first_name, last_name=last_name, role=role, email=email)


_CUSTOMERS = (
    ("norddeich", "Norddeich Shipyard", "norddeich.example", "Shipbuilding", "Lotte Krueger"),
    ("almgren", "Almgren Dairy", "almgren.example", "Food and dairy", "Felix Moreau"),
    ("rhinefeld", "Rhinefeld Chemicals", "rhinefeld.example", "Chemicals", "Felix Moreau"),
    ("bodmer", "Bodmer Breweries", "bodmer.example", "Food and beverages", "Felix Moreau"),
    ("castellan", "Castellan Paper", "castellan.example", "Pulp and paper", "Felix Moreau"),
    ("vasko", "Vasko District Heating", "vasko-heat.example", "Energy", "Lotte Krueger"),
    ("lindmark", "Lindmark Desalination", "lindmark.example", "Water", "Lotte Krueger"),
    ("torrent", "Torrent Aquaculture", "torrent-aqua.example", "Fish farming", "Lotte Krueger"),
)
_CONTACTS = (
    ("greta.hansen", "norddeich", "Greta Hansen", "g.hansen@norddeich.example", "Head of Purchasing"),
    ("malte.brix", "norddeich", "Malte Brix", "m.brix@norddeich.example", "Yard Manager"),
    ("oskar.almgren", "almgren", "Oskar Almgren", "oskar@almgren.example", "Managing Director"),
    ("birgit.sand", "almgren", "Birgit Sand", "birgit.sand@almgren.example", "Plant Engineer"),
    ("thomas.ehlers", "rhinefeld", "Thomas Ehlers", "thomas.ehlers@rhinefeld.example", "Head of Maintenance"),
    ("nadia.costa", "rhinefeld", "Nadia Costa", "nadia.costa@rhinefeld.example", "Strategic Purchasing"),
    ("josef.bodmer", "bodmer", "Josef Bodmer", "josef@bodmer.example", "Master Brewer"),
    ("elif.kaya", "bodmer", "Elif Kaya", "elif.kaya@bodmer.example", "Technical Director"),
    ("marc.dubois", "castellan", "Marc Dubois", "marc.dubois@castellan.example", "Mill Manager"),
    ("petra.vasko", "vasko", "Petra Vasko", "petra@vasko-heat.example", "Head of Network"),
    ("samir.haddad", "lindmark", "Samir Haddad", "samir.haddad@lindmark.example", "Project Director"),
    ("ines.torrent", "torrent", "Ines Torrent", "ines@torrent-aqua.example", "Owner"),
    ("paul.reyes", "torrent", "Paul Reyes", "paul@torrent-aqua.example", "Tank Foreman"),
)
# What a deal is called begins with its account; the numbers are the days since it was opened and closed.
_DEALS = (
    (
        "norddeich-ballast",
        "Henrik Dahl",
        "Ballast water valves, hulls 41 to 44",
        Stage.NEGOTIATION,
        "210000.00",
        130,
        None,
    ),
    ("almgren-line3", "Clara Engel", "Hygienic pumps for line 3", Stage.QUALIFICATION, "74300.00", 70, None),
    ("rhinefeld-frame", "Clara Engel", "Frame agreement, three plants", Stage.QUALIFICATION, "158000.00", 45, None),
    ("bodmer-cellar", "Clara Engel", "Cellar refit", Stage.DISCOVERY, "33900.00", 24, None),
    ("castellan-steam", "Clara Engel", "Steam traps, mill 2", Stage.PROSPECTING, "51000.00", 9, None),
    ("vasko-ring", "Henrik Dahl", "Shut-off valves, east ring", Stage.CLOSED_WON, "96400.00", 160, 11),
    ("lindmark-intake", "Henrik Dahl", "Intake pumps", Stage.STALLED, "120500.00", 140, None),
    ("torrent-tanks", "Henrik Dahl", "Circulation pumps, tanks 1 to 6", Stage.CLOSED_LOST, "22700.00", 95, 27),
)
# Customers of the year before: their deals have ended, nobody writes to them.
_EARLIER = tuple(
    Customer(name.split()[0].lower(), name, f"{name.split()[0].lower()}.example", industry, "Lotte Krueger")
    for name, industry in (
        ("Amrum Fisheries", "Fish processing"),
        ("Brenner Cement", "Building materials"),
        ("Corvin Starch", "Food and beverages"),
        ("Drava Waterworks", "Water"),
        ("Esker Pumps", "Machinery"),
    )
)
_AGENTS = ("Clara Engel", "Henrik Dahl")
_ANSWERS = {
    "norddeich-ballast": {
        "budget": "In the price of the four hulls.",
        "authority": "Greta Hansen buys, Malte Brix approves the drawings.",
        "need": "Valves on site when the double bottom is closed; a late one costs a dock slot.",
        "timeline": "Hull 41 first, then one every eleven weeks.",
    },
    "almgren-line3": {
        "authority": "Oskar Almgren decides, Birgit Sand recommends.",
        "need": "Less cleaning time at every change of product.",
    },
    "rhinefeld-frame": {
        "authority": "Maintenance decides on the types, purchasing on the frame.",
        "need": "Twelve kinds of valve instead of 41.",
        "timeline": "In this quarter.",
    },
}

KESSLER = Company(
    slug="kessler",
    name="Kessler Fittings",
    time_zone="Europe/Berlin",
    currency="EUR",
    hold_seconds=900,
    deadline_hours=72,
    deadlines={"progress_past_evaluation": 48, "send_proposal": 96},
    people=(
        _person("annika.brandt", "Annika", "Brandt", Role.MANAGER),
        _person("felix.moreau", "Felix", "Moreau", Role.REP),
        _person("lotte.krueger", "Lotte", "Krueger", Role.REP),
        _person("ruth.adler", "Ruth", "Adler", Role.AUDITOR),
        _person("jonas.weiss", "Jonas", "Weiss", Role.OPERATOR),
    ),
    agents=(
        _agent("Clara Engel", "Process", "felix.moreau", "Felix Moreau"),
        _agent("Henrik Dahl", "Marine and Water", "lotte.krueger", "Lotte Krueger"),
    ),
    customers=(*(Customer(*row) for row in _CUSTOMERS), *_EARLIER),
    contacts=tuple(Contact(*row) for row in _CONTACTS),
    deals=(*(Deal(*row) for row in _DEALS), *earlier_deals(_EARLIER, _AGENTS, worth=(20, 180))),
    answers=_ANSWERS,
    talks=(*TALKS, *MONTH),
    unsorted=UNSORTED,
    targets=(
        Target(goal_type="revenue", value="250000", set_by="annika.brandt", quarter=True),
        Target(goal_type="revenue", value="120000", set_by="annika.brandt", team="Process", quarter=True),
        Target(goal_type="pipeline", value="700000", set_by="annika.brandt", quarter=True),
        Target(goal_type="activity", value="40", set_by="annika.brandt", clone="Henrik Dahl"),
        Target(goal_type="quality", value="0.6", set_by="felix.moreau", clone="Clara Engel", quarter=True),
    ),
    rules=(),
    happenings=HAPPENINGS,
)
