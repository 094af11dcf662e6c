"""What Brightwell's customers said and wrote lately."""

from crm.models import InteractionStatus
from engine.demo.rows import call_with, mail_from, meeting_with

TALKS = (
    meeting_with(
        "victor.lund",
        "halden-seats",
        29,
        "10:00",
        "Ride-along review",
        "Victor showed how the morning schedule is made: one planner, two hours, a wall of magnets. The trial at"
        " the north depot cut it to twenty minutes. He wants all 140 technicians on it before the winter contracts"
        " start.",
    ),
    mail_from(
        "paula.chen",
        "halden-seats",
        6,
        "09:12",
        "Re: Offer for 140 seats",
        "Thank you for the offer. We need two changes before it can go to our board: payment in two parts, and a"
        " notice period of one month in the first year. Could you also say whether the price holds until June?",
    ),
    call_with(
        "ruth.amari",
        "halden-seats",
        2,
        "16:40",
        "Call from Ruth Amari",
        "Ruth asked who else of our customers runs more than a hundred technicians, and what the change cost them"
        " in the first month. She decides together with Victor.",
    ),
    meeting_with(
        "victor.lund",
        "halden-seats",
        -6,
        "11:00",
        "Contract walk-through",
        "With Victor and Paula: the two open points of the contract.",
        InteractionStatus.SCHEDULED,
    ),
    call_with(
        "victor.lund",
        "halden-parts",
        12,
        "14:15",
        "Spare parts",
        "One visit in five is repeated because a part is missing on the van. He would look at the parts module once"
        " the seats are signed, not before.",
    ),
    meeting_with(
        "greg.talbot",
        "marlow-seats",
        15,
        "14:00",
        "Demo for the dispatch team",
        "Five dispatchers, one hour. They liked the map and moving jobs by hand. They missed a list of yesterday's"
        " open jobs.",
    ),
    mail_from(
        "greg.talbot",
        "marlow-seats",
        9,
        "13:25",
        "Evaluation: how we will score it",
        "We compare you with one other vendor until the end of the month. What counts: use without a network in"
        " basements, the time a dispatcher needs per job, and how you connect to our stock system.",
    ),
    mail_from(
        "simone.reyes",
        "marlow-seats",
        2,
        "15:48",
        "Single sign-on",
        "Quick question before I finish my part of the scorecard: do you support sign-in through our own identity"
        " provider, and is it part of the price per seat?",
    ),
    call_with(
        "wes.dalton",
        "copperline-seats",
        8,
        "08:30",
        "First call",
        "Wes runs 30 plumbers out of one shop and plans them on paper. Two call-backs a day because the wrong part"
        " was on the truck. He would like to see it work on a phone.",
    ),
    mail_from(
        "wes.dalton",
        "copperline-seats",
        3,
        "19:02",
        "Re: Seeing it on a phone",
        "Any evening after six works for me. Please keep it short, and bring the plan with the small price.",
    ),
    meeting_with(
        "anika.rao",
        "solace-seats",
        8,
        "10:30",
        "Requirements workshop",
        "Anika and Leo: 90 engineers, calibrated tools that must travel with the right person, and an audit trail"
        " for every visit. Budget is set aside for the second quarter. She signs up to 75,000 herself.",
    ),
    mail_from(
        "leo.brandt",
        "solace-seats",
        3,
        "11:20",
        "Tool calibration",
        "Following up on the workshop: can an engineer be kept off a job when their torque wrench is out of"
        " calibration? That is the point our quality team will ask about first.",
    ),
    meeting_with(
        "carmen.ibarra",
        "fernway-pilot",
        10,
        "09:00",
        "Trade fair conversation",
        "Carmen looks after eleven office sites with outside crews. She would start with two sites if the crews"
        " need no log-in of their own.",
    ),
    mail_from(
        "carmen.ibarra",
        "fernway-pilot",
        1,
        "10:05",
        "Re: Two sites to begin with",
        "Thanks, that is clear. Our consultant at Beaumont collects the offers for us. Could you send the outline"
        " of the pilot to her as well?",
    ),
    meeting_with(
        "hugh.pemberton",
        "northgate-grid",
        16,
        "15:00",
        "Signing",
        "Signed for 210 seats over three years. Start in the two coastal districts.",
    ),
    mail_from(
        "hugh.pemberton",
        "northgate-grid",
        4,
        "07:55",
        "First week",
        "The coastal crews are up and running. Two of the older tablets lose the map when they go through the tunnel;"
        " otherwise a quiet start.",
    ),
    mail_from(
        "pete.norris",
        "oakridge-seats",
        33,
        "17:30",
        "Our decision",
        "We stay with what we have for now. Please take me off your list; I will get in touch if that changes.",
    ),
    mail_from(
        "yuki.tanaka",
        "tamarack-crews",
        41,
        "12:00",
        "Pausing the project",
        "The new permit rules keep us busy until spring. I still want this, but I cannot bring it to the board"
        " before then.",
    ),
    meeting_with(
        "yuki.tanaka",
        "tamarack-crews",
        21,
        "09:30",
        "Quarterly check-in",
        "Yuki could not make it; a new date is still to be found.",
        InteractionStatus.MISSED,
    ),
)
