"""What Kessler's customers said and wrote lately."""

from crm.models import InteractionStatus
from engine.demo.rows import call_with, mail_from, meeting_with

TALKS = (
    meeting_with(
        "malte.brix",
        "norddeich-ballast",
        22,
        "08:00",
        "Yard visit",
        "Malte showed hull 41. Ballast valves must be on site when the double bottom is closed; a late delivery"
        " costs the yard a dock slot. Hulls 42 to 44 follow every eleven weeks.",
    ),
    mail_from(
        "greta.hansen",
        "norddeich-ballast",
        5,
        "09:40",
        "Terms for hulls 41 to 44",
        "We are close. Two points from our side: payment within 60 days, and a penalty for late delivery of one per"
        " cent per week. Please come back to me with your position on both.",
    ),
    mail_from(
        "malte.brix",
        "norddeich-ballast",
        1,
        "07:20",
        "Drawings approved",
        "The drawings for hull 41 are approved. From the yard's side nothing stands in the way of the order.",
    ),
    mail_from(
        "birgit.sand",
        "almgren-line3",
        8,
        "10:15",
        "Test run on line 3",
        "The trial pump has run for two weeks without a stop and cleans in nine minutes; the old one needs"
        " fourteen. We compare it with one other make until the end of next week.",
    ),
    call_with(
        "oskar.almgren",
        "almgren-line3",
        3,
        "11:30",
        "Call from Oskar Almgren",
        "Oskar asked what spare parts cost over five years and who comes when a pump stands still on a Sunday.",
    ),
    meeting_with(
        "thomas.ehlers",
        "rhinefeld-frame",
        13,
        "13:00",
        "Three plants, one list",
        "Thomas and Nadia: 41 kinds of valve in three plants, and they want to come down to twelve. Maintenance"
        " decides on the types, purchasing on the frame. Decision in this quarter.",
    ),
    mail_from(
        "nadia.costa",
        "rhinefeld-frame",
        2,
        "14:50",
        "List of types",
        "Attached is the list of types with yearly quantities. Please quote list prices per type; how a frame would"
        " change them we discuss in person.",
    ),
    mail_from(
        "thomas.ehlers",
        "rhinefeld-frame",
        4,
        "08:05",
        "Gaskets for acid service",
        "Which gasket do you use at 80 degrees in 30 per cent sulphuric acid? Our own list stops at 60.",
    ),
    meeting_with(
        "josef.bodmer",
        "bodmer-cellar",
        6,
        "15:30",
        "Walk through the cellar",
        "Josef wants to keep the tanks and change everything between them. Old fittings in three thread standards;"
        " two leak. He brews every day but Sunday, so the work has to fit into Sundays.",
    ),
    mail_from(
        "elif.kaya",
        "bodmer-cellar",
        2,
        "16:25",
        "Who joins",
        "For the planning meeting please invite the two of us, both shift leads, our hygienist and the fitter from the"
        " village. Without the fitter it makes no sense.",
    ),
    call_with(
        "marc.dubois",
        "castellan-steam",
        5,
        "09:10",
        "Steam traps, mill 2",
        "A survey found 31 of 120 traps blowing through. Marc does not know yet what that costs him; he would read"
        " a short calculation.",
    ),
    mail_from(
        "petra.vasko",
        "vasko-ring",
        11,
        "12:00",
        "Order: east ring",
        "Please find our order for the east ring attached. Delivery in two lots, the first before the heating season.",
    ),
    mail_from(
        "petra.vasko",
        "vasko-ring",
        1,
        "13:35",
        "First lot arrived",
        "The first lot is here and complete. One question from the crews: which grease for the spindles?",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        36,
        "08:45",
        "Financing",
        "The second tranche of the financing is late, so the intake pumps wait. Nothing is wrong with your offer.",
    ),
    meeting_with(
        "samir.haddad",
        "lindmark-intake",
        19,
        "10:00",
        "Project status",
        "Samir called it off on the day; the bank had asked him in.",
        InteractionStatus.CANCELLED,
    ),
    mail_from(
        "ines.torrent",
        "torrent-tanks",
        27,
        "18:10",
        "Decision on the pumps",
        "We have decided for a supplier on the coast. Please do not send further offers; we know where to find you.",
    ),
    meeting_with(
        "greta.hansen",
        "norddeich-ballast",
        -4,
        "09:00",
        "Terms, in person",
        "Greta, Lotte and finance: days of payment and the penalty for late delivery.",
        InteractionStatus.SCHEDULED,
    ),
)
