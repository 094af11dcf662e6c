"""What Brightwell's agents did, on their own or approved, and where that went wrong."""

from engine.connectors.contract import NotDelivered, Uncertain
from engine.demo.rows import Approved, At, CarriedOut, Edited, Proposed, mail

DONE = (
    Proposed(
        hours_ago=163,
        clone="Eli Marsh",
        action_type="qualify_conversation",
        account="solace",
        deal="solace-seats",
        contact="anika.rao",
        payload={
            "framework": "BANT",
            "fields": {
                "budget": "Set aside for the second quarter; about 60,000 to 75,000.",
                "authority": "Anika Rao signs up to 75,000 herself.",
                "need": "Calibrated tools must travel with the right engineer; an audit trail for every visit.",
                "timeline": "Start in the second quarter, before the yearly inspections.",
            },
        },
        rationale="The workshop answered all four questions.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=141,
        clone="Nora Vance",
        action_type="progress_early_stage",
        account="copperline",
        deal="copperline-seats",
        payload={"to_stage": "discovery"},
        rationale="Wes described how he plans today, what goes wrong and how many people it concerns.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=98,
        clone="Eli Marsh",
        action_type="send_follow_up_email",
        account="fernway",
        deal="fernway-pilot",
        contact="carmen.ibarra",
        payload=mail(
            "carmen.ibarra@fernway.example",
            "Two sites to begin with",
            "Hello Carmen,",
            "Thank you for the talk at the fair. What you asked for works: outside crews open a link for the day's"
            " jobs and need no log-in of their own. Two sites are a good size to begin with, and eight"
            " weeks usually tell enough.",
            "Shall I put the outline of a pilot on one page for you?",
            "Kind regards",
        ),
        rationale="Carmen asked at the fair whether outside crews need log-ins.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=96,
        clone="Nora Vance",
        action_type="send_proposal",
        account="marlow",
        deal="marlow-seats",
        contact="greg.talbot",
        payload=mail(
            "greg.talbot@marlow-air.example",
            "Proposal: 75 seats for Marlow Heating and Air",
            "Hello Greg,",
            "Here is our proposal along the three points of your scorecard. The app keeps a full day of jobs on the"
            " phone, so basements are no problem. A dispatcher moves a job in one step; your team did it in under"
            " ten seconds at the demo. And your stock system connects through its nightly export, with no change on"
            " your side.",
            "75 seats at the list price, setup included, start within two weeks of your order.",
            "Kind regards",
        ),
        rationale="Greg's team scores two vendors this month and asked for a written proposal.",
        then=(
            Approved(
                by="dana.whitfield", hours_later=3.2, comment="Good: it answers his three points and nothing else."
            ),
            CarriedOut(hours_later=3.21),
        ),
    ),
    Proposed(
        hours_ago=49,
        clone="Nora Vance",
        action_type="send_chat_message",
        account="copperline",
        deal="copperline-seats",
        payload={
            "channel": "#sales-east",
            "text": "Copperline: Wes can be reached any evening after six and wants the small plan on one page. I am"
            " proposing a slot.",
        },
        rationale="Tomas should know before the slot is proposed.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=48,
        clone="Nora Vance",
        action_type="schedule_meeting",
        account="copperline",
        deal="copperline-seats",
        contact="wes.dalton",
        payload={
            "attendees": ["wes@copperline.example"],
            "starts_at": At(3, "18:30"),
            "duration_minutes": 30,
            "title": "Copperline: the day's plan on a phone",
            "description": "Half an hour on screen: a plumber's day on the phone, and the small plan on one page.",
        },
        rationale="Wes is free after six and asked for something short.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=47,
        clone="Nora Vance",
        action_type="share_minutes_externally",
        account="halden",
        deal="halden-seats",
        contact="victor.lund",
        payload=mail(
            "victor.lund@halden.example",
            "Minutes of the ride-along review",
            "Hello Victor,",
            "As agreed, the minutes of our review: the morning schedule takes two hours today and took twenty"
            " minutes in the trial. All 140 technicians are to start before the winter contracts. Open: who trains"
            " the south depot.",
            "Kind regards",
        ),
        rationale="Victor asked for the minutes to show them to his depot leads.",
        then=(
            Approved(by="dana.whitfield", hours_later=0.6),
            CarriedOut(
                hours_later=0.62,
                troubles=(
                    NotDelivered("The mail server cannot be reached: connection timed out."),
                    NotDelivered("The mail server refused every recipient: 550 mailbox is full.", final=True),
                ),
            ),
        ),
    ),
    Proposed(
        hours_ago=44,
        clone="Eli Marsh",
        action_type="send_routine_response",
        account="solace",
        deal="solace-seats",
        contact="leo.brandt",
        payload=mail(
            "leo.brandt@solace-medical.example",
            "Re: Tool calibration",
            "Hello Leo,",
            "Yes: a tool carries its calibration date, and an engineer whose wrench is out of date is not offered"
            " the job. The visit's log shows which tool was used. I have attached nothing on purpose; the two"
            " screens are in your trial.",
            "Kind regards",
        ),
        rationale="Leo asked whether tools out of calibration keep an engineer off a job.",
        then=(
            CarriedOut(
                hours_later=0.01,
                troubles=(
                    Uncertain("The connection broke before the mail server confirmed: connection reset by peer."),
                ),
            ),
        ),
    ),
    Proposed(
        hours_ago=30,
        clone="Nora Vance",
        action_type="order_welcome_kit",
        account="northgate",
        deal="northgate-grid",
        contact="hugh.pemberton",
        payload={"kit": "crew start", "boxes": 14, "ship_to": "Coastal depot, gate 3"},
        rationale="The two coastal districts start with 14 crews; every crew gets a box with mounts and quick guides.",
        then=(Approved(by="dana.whitfield", hours_later=2.0, comment="Fine, from the marketing budget."),),
    ),
    Proposed(
        hours_ago=27,
        clone="Eli Marsh",
        action_type="send_proposal",
        account="solace",
        deal="solace-seats",
        contact="anika.rao",
        payload=mail(
            "anika.rao@solace-medical.example",
            "Proposal: 90 seats for Solace Medical Devices",
            "Hello Anika,",
            "After the workshop this is our proposal: 90 engineer seats, tool calibration and the audit trail"
            " included, 62,000 a year. We guarantee the start before the yearly inspections.",
            "Kind regards",
        ),
        rationale="Budget, need and date are known; Anika asked for a proposal she can sign.",
        then=(
            Edited(
                by="dana.whitfield",
                hours_later=1.4,
                changes={
                    "body": "Hello Anika,\n\nAfter the workshop this is our proposal: 90 engineer seats, tool"
                    " calibration and the audit trail included, 62,000 a year. We plan the start with you so"
                    " that it comes before the yearly inspections.\n\nKind regards"
                },
            ),
            Approved(by="dana.whitfield", hours_later=1.41, comment="No guarantees in writing; the rest is right."),
            CarriedOut(hours_later=1.42),
        ),
    ),
    Proposed(
        hours_ago=25,
        clone="Eli Marsh",
        action_type="update_account_context",
        account="solace",
        payload={
            "context": {
                "engineers": 90,
                "signs": "Anika Rao, up to 75,000",
                "first question of their quality team": "tools out of calibration",
            }
        },
        rationale="The workshop and Leo's mail say who decides and what will be asked first.",
        then=(CarriedOut(hours_later=0.01),),
    ),
)
