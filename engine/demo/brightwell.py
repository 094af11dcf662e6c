"""Brightwell Software sells scheduling for field-service teams: its people, agents, customers and deals."""

from decimal import Decimal

from crm.models import Role
from crm.stages import Stage
from engine.demo.brightwell_actions import HAPPENINGS
from engine.demo.brightwell_month import MONTH, UNSORTED
from engine.demo.brightwell_talks import TALKS
from engine.demo.earlier import earlier_deals
from engine.demo.rows import Agent, Company, Contact, Customer, Deal, OwnRule, Person, Target


def _agent(name: str, team: str, owner: str, owner_name: str) -> Agent:
    address = f"{name.split()[0].lower()}@brightwell.example"
    signature = f"{name}\nBrightwell Software, office of {owner_name}\n{address}"
    reply_to = f"{owner}@brightwell.example"
    return Agent(name=name, team=team, owner=owner, address=address, reply_to=reply_to, signature=signature)


def _person(username: str, first_name: str, last_name: str, role: Role) -> Person:
    email = f"{username}@brightwell.example"
    return Person(username=username, first_name=first_name, last_name=last_name, role=role, email=email)


_CUSTOMERS = (
    ("halden", "Halden Elevators", "halden.example", "Elevator maintenance", "Tomas Okafor"),
    ("marlow", "Marlow Heating and Air", "marlow-air.example", "Heating and ventilation", "Tomas Okafor"),
    ("copperline", "Copperline Plumbing", "copperline.example", "Plumbing", "Tomas Okafor"),
    ("solace", "Solace Medical Devices", "solace-medical.example", "Medical devices", "June Park"),
    ("fernway", "Fernway Facilities", "fernway.example", "Facility management", "June Park"),
    ("northgate", "Northgate Utilities", "northgate.example", "Utilities", "Tomas Okafor"),
    ("oakridge", "Oakridge Pest Control", "oakridge.example", "Pest control", "June Park"),
    ("tamarack", "Tamarack Solar", "tamarack-solar.example", "Solar installation", "June Park"),
)
_CONTACTS = (
    ("ruth.amari", "halden", "Ruth Amari", "ruth.amari@halden.example", "Chief Operating Officer"),
    ("victor.lund", "halden", "Victor Lund", "victor.lund@halden.example", "Head of Service"),
    ("paula.chen", "halden", "Paula Chen", "paula.chen@halden.example", "Procurement"),
    ("greg.talbot", "marlow", "Greg Talbot", "greg.talbot@marlow-air.example", "Operations Director"),
    ("simone.reyes", "marlow", "Simone Reyes", "simone.reyes@marlow-air.example", "IT Manager"),
    ("wes.dalton", "copperline", "Wes Dalton", "wes@copperline.example", "Owner"),
    ("anika.rao", "solace", "Anika Rao", "anika.rao@solace-medical.example", "VP Field Service"),
    ("leo.brandt", "solace", "Leo Brandt", "leo.brandt@solace-medical.example", "Service Planner"),
    ("carmen.ibarra", "fernway", "Carmen Ibarra", "carmen.ibarra@fernway.example", "Head of Facilities"),
    ("hugh.pemberton", "northgate", "Hugh Pemberton", "h.pemberton@northgate.example", "Director Grid Operations"),
    ("alma.stone", "northgate", "Alma Stone", "alma.stone@northgate.example", "Chief Executive Officer"),
    ("pete.norris", "oakridge", "Pete Norris", "pete@oakridge.example", "General Manager"),
    ("yuki.tanaka", "tamarack", "Yuki Tanaka", "yuki.tanaka@tamarack-solar.example", "Head of Installation"),
    ("dennis.frey", "northgate", "Dennis Frey", "d.frey@northgate.example", "Stores Supervisor"),
)
# What a deal is called begins with its account; the numbers are the days since it was opened and closed.
_DEALS = (
    ("halden-seats", "Nora Vance", "140 technician seats", Stage.NEGOTIATION, "84000.00", 96, None),
    ("halden-parts", "Nora Vance", "Spare parts module", Stage.DISCOVERY, "16500.00", 20, None),
    ("marlow-seats", "Nora Vance", "75 technician seats", Stage.EVALUATION, "46500.00", 61, None),
    ("copperline-seats", "Nora Vance", "30 technician seats", Stage.PROSPECTING, "18200.00", 17, None),
    ("solace-seats", "Eli Marsh", "90 engineer seats", Stage.QUALIFICATION, "62000.00", 34, None),
    ("fernway-pilot", "Eli Marsh", "Pilot at two sites", Stage.PROSPECTING, "27000.00", 12, None),
    ("northgate-grid", "Nora Vance", "Grid crews, 210 seats", Stage.CLOSED_WON, "132000.00", 150, 16),
    ("oakridge-seats", "Eli Marsh", "25 technician seats", Stage.CLOSED_LOST, "15400.00", 110, 33),
    ("tamarack-crews", "Iris Bell", "Installation crews", Stage.STALLED, "39800.00", 118, None),
)
# Customers of the year before: their deals have ended, nobody writes to them.
_EARLIER = tuple(
    Customer(name.split()[0].lower(), name, f"{name.split()[0].lower()}.example", industry, "Dana Whitfield")
    for name, industry in (
        ("Alder Plumbing", "plumbing"),
        ("Birchfield Lifts", "elevators"),
        ("Cinder Chimneys", "heating"),
        ("Dunmore Glass", "glazing"),
        ("Elmwood Roofing", "roofing"),
    )
)
_AGENTS = ("Nora Vance", "Eli Marsh", "Iris Bell")
_ANSWERS = {
    "halden-seats": {
        "budget": "84,000 is in next year's budget; the board releases it.",
        "authority": "Ruth Amari decides together with Victor Lund; Paula Chen signs.",
        "need": "The morning schedule takes two hours; the trial took twenty minutes.",
        "timeline": "Before the winter contracts start.",
    },
    "marlow-seats": {
        "authority": "Greg Talbot decides on the scorecard.",
        "need": "Working without a network in basements; a connection to the stock system.",
        "timeline": "Decision at the end of the month.",
    },
    "tamarack-crews": {"need": "One plan for all installation crews.", "timeline": "Not before spring."},
}

BRIGHTWELL = Company(
    slug="brightwell",
    name="Brightwell Software",
    time_zone="America/New_York",
    currency="USD",
    hold_seconds=10,
    deadline_hours=120,
    deadlines={"discuss_pricing": 72, "contact_c_suite": 48, "escalate_to_management": 24},
    people=(
        _person("dana.whitfield", "Dana", "Whitfield", Role.MANAGER),
        _person("tomas.okafor", "Tomas", "Okafor", Role.REP),
        _person("june.park", "June", "Park", Role.REP),
        _person("irene.castell", "Irene", "Castell", Role.AUDITOR),
        _person("bo.lindqvist", "Bo", "Lindqvist", Role.OPERATOR),
    ),
    agents=(
        _agent("Nora Vance", "East", "tomas.okafor", "Tomas Okafor"),
        _agent("Eli Marsh", "West", "june.park", "June Park"),
        _agent("Iris Bell", "Renewals", "june.park", "June Park"),
    ),
    customers=(*(Customer(*row) for row in _CUSTOMERS), *_EARLIER),
    contacts=tuple(Contact(*row) for row in _CONTACTS),
    deals=(*(Deal(*row) for row in _DEALS), *earlier_deals(_EARLIER, _AGENTS, worth=(30, 220))),
    answers=_ANSWERS,
    talks=(*TALKS, *MONTH),
    unsorted=UNSORTED,
    targets=(
        Target(goal_type="revenue", value="520000", set_by="dana.whitfield", quarter=True),
        Target(goal_type="revenue", value="240000", set_by="dana.whitfield", team="East", quarter=True),
        Target(goal_type="revenue", value="90000", set_by="dana.whitfield", team="West", quarter=True),
        Target(goal_type="pipeline", value="380000", set_by="dana.whitfield", quarter=True),
        Target(goal_type="activity", value="60", set_by="dana.whitfield", clone="Nora Vance"),
        Target(goal_type="quality", value="0.75", set_by="june.park", clone="Eli Marsh", quarter=True),
    ),
    rules=(
        OwnRule(
            kind="four_eyes",
            reason="Terms of a large contract bind us for years: two of us look at them.",
            given={"action_type": "negotiate_terms", "value_from": Decimal(80_000)},
        ),
        OwnRule(kind="touch_limit", reason="Nobody wants six mails from us in a week.", given={"limit": 5}),
        OwnRule(kind="pending_limit", reason="What nobody gets round to need not be proposed.", given={"limit": 40}),
        OwnRule(
            kind="reps_decide",
            reason="Follow-ups on small deals need not wait for a manager.",
            given={"action_type": "send_follow_up_email", "value_below": Decimal(20_000)},
        ),
    ),
    happenings=HAPPENINGS,
)
