"""What waits for a person at Brightwell: the console's first page."""

from engine.demo.rows import At, Edited, Happening, Paused, Proposed, mail

QUEUE: tuple[Happening, ...] = (
    Proposed(
        hours_ago=26,
        clone="Nora Vance",
        action_type="negotiate_terms",
        account="halden",
        deal="halden-seats",
        contact="paula.chen",
        payload=mail(
            "paula.chen@halden.example",
            "Re: Offer for 140 seats",
            "Hello Paula,",
            "Both changes are possible: payment in two parts, on signing and after six months, and a notice period"
            " of one month in the first year.",
            "Is that enough for your board?",
            "Kind regards",
        ),
        rationale="Paula named the two changes the board needs. Both are in the frame that Tomas gave me.",
        then=(
            Edited(
                by="dana.whitfield",
                hours_later=2.5,
                changes={
                    "body": "Hello Paula,\n\nPayment in two parts is possible: half on signing, half after six"
                    " months. For the notice period we suggest three months in the first year; Victor's winter"
                    " contracts need that safety as much as we do.\n\nShall we settle it at the"
                    " walk-through?\n\nKind regards"
                },
            ),
        ),
    ),
    Proposed(
        hours_ago=21,
        clone="Nora Vance",
        action_type="contact_c_suite",
        account="halden",
        deal="halden-seats",
        contact="ruth.amari",
        payload=mail(
            "ruth.amari@halden.example",
            "Who else runs more than a hundred technicians",
            "Dear Ms. Amari,",
            "You asked who has made this change at your size. Two customers with 120 and 210 technicians have"
            " agreed to a short call with you. In both, the first month cost about two hours of training per"
            " technician and nothing else worth naming.",
            "Which of the two would you like to talk to?",
            "Kind regards",
        ),
        rationale="Ruth asked for this on the phone and decides together with Victor.",
    ),
    Proposed(
        hours_ago=16,
        clone="Nora Vance",
        action_type="send_follow_up_email",
        account="marlow",
        deal="marlow-seats",
        contact="simone.reyes",
        payload=mail(
            "simone.reyes@marlow-air.example",
            "Re: Single sign-on",
            "Hello Simone,",
            "Yes to both: sign-in runs through your own identity provider (OpenID Connect or SAML), and it is part"
            " of every seat.",
            "Would a talk with the engineer who set it up for others help your scorecard?",
            "Kind regards",
        ),
        rationale="Simone needs the answer for her part of the scorecard.",
    ),
    Proposed(
        hours_ago=9,
        clone="Eli Marsh",
        action_type="send_follow_up_email",
        account="fernway",
        deal="fernway-pilot",
        contact="carmen.ibarra",
        payload=mail(
            "l.moreno@beaumont-advisors.example",
            "Outline of the pilot at Fernway",
            "Hello Ms. Moreno,",
            "Carmen Ibarra asked me to send you the outline as well: two sites, eight weeks, outside crews without"
            " log-ins, and a review at the end in which you can simply stop.",
            "Kind regards",
            cc=("carmen.ibarra@fernway.example",),
        ),
        rationale="Carmen asked for it in her last mail. The consultant is not among Fernway's contacts.",
    ),
    Proposed(
        hours_ago=7,
        clone="Nora Vance",
        action_type="discuss_pricing",
        account="marlow",
        deal="marlow-seats",
        contact="greg.talbot",
        payload=mail(
            "greg.talbot@marlow-air.example",
            "What the price per seat contains",
            "Hello Greg,",
            "For your comparison, all of this is in the price per seat: sign-in through your identity provider, the"
            " connection to the stock system, training for dispatchers, and support by telephone. Nothing is"
            " charged per job.",
            "Kind regards",
        ),
        rationale="The other vendor charges for the connection; the scorecard should compare like with like.",
    ),
    Proposed(
        hours_ago=6,
        clone="Nora Vance",
        action_type="book_reference_call",
        account="marlow",
        deal="marlow-seats",
        contact="greg.talbot",
        payload={"with": "Northgate Utilities, Hugh Pemberton", "topic": "Working without a network", "minutes": 20},
        rationale="Northgate works in tunnels; Greg worries about basements. Hugh has offered to talk.",
    ),
    Proposed(
        hours_ago=5,
        clone="Nora Vance",
        action_type="progress_past_evaluation",
        account="marlow",
        deal="marlow-seats",
        payload={"to_stage": "negotiation"},
        rationale="Greg's team finished scoring; he asked what the contract looks like.",
    ),
    Proposed(
        hours_ago=4,
        clone="Nora Vance",
        action_type="modify_account_plan",
        account="halden",
        deal="halden-seats",
        payload={
            "plan": "1. Sign 140 seats before the winter contracts.\n2. Train the south depot first; its lead is"
            " the sceptic.\n3. Take up the parts module four weeks after the start.\n4. Ask Victor for a"
            " reference in spring."
        },
        rationale="Two calls changed the order: the south depot first, parts later.",
    ),
    Proposed(
        hours_ago=3.5,
        clone="Iris Bell",
        action_type="create_briefing",
        account="tamarack",
        deal="tamarack-crews",
        payload={
            "title": "Tamarack Solar before the quarterly check-in",
            "body": "The project rests until the permit rules are settled in spring. Yuki still wants it and has no"
            " board date. The last meeting did not take place. Worth asking: would one crew be enough to begin"
            " with?",
        },
        rationale="The check-in was missed and has to be set up again.",
    ),
    Paused(
        hours_ago=3,
        by="bo.lindqvist",
        clone="Iris Bell",
        reason="Her signature still shows the old telephone number. Back on when it is corrected.",
    ),
    Proposed(
        hours_ago=2.4,
        clone="Iris Bell",
        action_type="send_follow_up_email",
        account="tamarack",
        deal="tamarack-crews",
        contact="yuki.tanaka",
        payload=mail(
            "yuki.tanaka@tamarack-solar.example",
            "A new date for our check-in",
            "Hello Yuki,",
            "Our last check-in fell through; with all the permits on your desk no wonder. Would twenty minutes"
            " in the coming two weeks suit you? You choose the day.",
            "Kind regards",
        ),
        rationale="The deal has been silent for three weeks.",
    ),
    Proposed(
        hours_ago=2,
        clone="Nora Vance",
        action_type="escalate_to_management",
        account="marlow",
        deal="marlow-seats",
        payload={
            "summary": "Marlow decides this month between us and one other vendor. Their list of missing features"
            " has one entry, yesterday's open jobs, and it is on our plan for next quarter. If product could"
            " give a date, Greg would score it as present.",
            "severity": "high",
        },
        rationale="A date from product would be worth more than any mail of mine.",
    ),
    Proposed(
        hours_ago=0.8,
        clone="Eli Marsh",
        action_type="share_minutes_externally",
        account="solace",
        deal="solace-seats",
        contact="leo.brandt",
        payload=mail(
            "leo.brandt@solace-medical.example",
            "Minutes of the requirements workshop",
            "Hello Leo,",
            "The minutes as you wanted them, for your quality team: 90 engineers; tools with calibration dates; no"
            " job is offered to an engineer whose tool is out of date; every visit leaves an audit trail. Still"
            " open: how long the trail is kept.",
            "Kind regards",
            cc=("anika.rao@solace-medical.example",),
        ),
        rationale="Leo asked for the minutes; the quality team meets on them.",
    ),
    Proposed(
        hours_ago=0.5,
        clone="Nora Vance",
        action_type="schedule_meeting",
        account="halden",
        deal="halden-seats",
        contact="victor.lund",
        payload={
            "attendees": ["victor.lund@halden.example", "paula.chen@halden.example"],
            "starts_at": At(5, "09:30"),
            "duration_minutes": 45,
            "title": "Training plan for the south depot",
            "description": "Who trains whom, in which week, and what the depot needs before that.",
        },
        rationale="The only open point of the minutes is who trains the south depot.",
    ),
    Proposed(
        hours_ago=0.2,
        clone="Eli Marsh",
        action_type="send_proposal",
        account="fernway",
        deal="fernway-pilot",
        contact="carmen.ibarra",
        payload=mail(
            "carmen.ibarra@fernway.example",
            "The pilot on one page",
            "Hello Carmen,",
            "The pilot as we discussed it: the sites at the harbor and at the airport, eight weeks, 24 people in"
            " outside crews who open a link and need no log-in. 27,000 for everything, and no further cost if you"
            " stop after the review.",
            "Shall we begin on the first of the month?",
            "Kind regards",
        ),
        rationale="Carmen agreed to two sites and asked for an outline she can pass on.",
    ),
)
