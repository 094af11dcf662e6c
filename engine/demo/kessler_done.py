"""What Kessler's agents did, on their own or approved, and where that went wrong."""

from engine.connectors.contract import NotDelivered, Uncertain
from engine.demo.rows import Approved, At, CarriedOut, Proposed, mail

DONE = (
    Proposed(
        hours_ago=150,
        clone="Clara Engel",
        action_type="log_interaction",
        account="bodmer",
        deal="bodmer-cellar",
        contact="elif.kaya",
        payload={
            "channel": "call",
            "occurred_at": At(-7, "11:45"),
            "summary": "Elif Kaya called before the cellar walk: hygiene comes first, then price. She signs"
            " together with Josef.",
        },
        rationale="The call came in on Felix's mobile and was not on record.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=131,
        clone="Clara Engel",
        action_type="progress_past_evaluation",
        account="almgren",
        deal="almgren-line3",
        payload={"to_stage": "evaluation"},
        rationale="The trial pump runs on line 3 and Birgit compares it with one other make.",
        then=(
            Approved(by="annika.brandt", hours_later=4.0, comment="Agreed. They are testing, so this is evaluation."),
            CarriedOut(hours_later=4.01),
        ),
    ),
    Proposed(
        hours_ago=93,
        clone="Clara Engel",
        action_type="send_follow_up_email",
        account="castellan",
        deal="castellan-steam",
        contact="marc.dubois",
        payload=mail(
            "marc.dubois@castellan.example",
            "What 31 blowing traps cost",
            "Hello Marc,",
            "As promised, the short calculation: a trap of that size that blows through loses about 11 kilograms of"
            " steam an hour. With 31 of them running the year round, that adds up to more than most plants expect.",
            "Shall we go through your list of traps together? An hour is enough.",
            "Kind regards",
        ),
        rationale="Marc said he would read a short calculation.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=68,
        clone="Clara Engel",
        action_type="send_routine_response",
        account="rhinefeld",
        deal="rhinefeld-frame",
        contact="thomas.ehlers",
        payload=mail(
            "thomas.ehlers@rhinefeld.example",
            "Re: Gaskets for acid service",
            "Hello Thomas,",
            "For 30 per cent sulphuric acid at 80 degrees we use filled PTFE, type K-40 in our list. It is rated to"
            " 120 degrees in that service; the data sheet is on our site under the same name.",
            "Kind regards",
        ),
        rationale="Thomas asked which gasket holds at 80 degrees. It is on the data sheet.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=46,
        clone="Clara Engel",
        action_type="discuss_pricing",
        account="almgren",
        deal="almgren-line3",
        contact="oskar.almgren",
        payload=mail(
            "oskar@almgren.example",
            "Spare parts over five years",
            "Hello Oskar,",
            "For the four pumps on line 3, wear parts at list price come to about 6,200 over five years. If a pump"
            " stands still on a Sunday, our stand-by in Malmö has one on loan and can be with you in three hours.",
            "Kind regards",
        ),
        rationale="Oskar asked on the phone what spare parts cost and who comes on a Sunday.",
        then=(
            Approved(by="annika.brandt", hours_later=0.7),
            CarriedOut(
                hours_later=0.71,
                troubles=(NotDelivered("The mail server refused the mail: 554 message rejected as spam.", final=True),),
            ),
        ),
    ),
    Proposed(
        hours_ago=29,
        clone="Clara Engel",
        action_type="send_proposal",
        account="bodmer",
        deal="bodmer-cellar",
        contact="josef.bodmer",
        payload=mail(
            "josef@bodmer.example",
            "Proposal: the cellar, six Sundays",
            "Hello Josef,",
            "Our proposal keeps your tanks and changes what lies between them: one thread standard, hygienic valves"
            " throughout, and the work done on six Sundays so that you brew on every other day. 33,900 including"
            " the fitter's hours.",
            "Kind regards",
            cc=("elif.kaya@bodmer.example",),
        ),
        rationale="Josef and Elif want a number before the planning meeting.",
        then=(
            Approved(by="annika.brandt", hours_later=2.1, comment="Felix has checked the fitter's hours."),
            CarriedOut(hours_later=2.12),
        ),
    ),
    Proposed(
        hours_ago=27,
        clone="Henrik Dahl",
        action_type="escalate_to_management",
        account="lindmark",
        deal="lindmark-intake",
        payload={
            "summary": "Lindmark's second tranche is late and the pumps for it take up a fifth of our stock until"
            " the end of the quarter. Someone should decide whether we keep them reserved.",
            "severity": "medium",
        },
        rationale="120,500 of stock has been reserved for five weeks; that is not mine to decide.",
        then=(
            Approved(by="annika.brandt", hours_later=1.0),
            CarriedOut(
                hours_later=1.01,
                troubles=(Uncertain("The connection broke before the mail server confirmed: timed out."),),
            ),
        ),
    ),
    Proposed(
        hours_ago=2.2,
        clone="Clara Engel",
        action_type="create_briefing",
        account="castellan",
        deal="castellan-steam",
        payload={
            "title": "Castellan Paper, mill 2: before the talk about steam traps",
            "body": "31 of 120 traps blow through (their own survey). Close to 80,000 a year at their price of"
            " steam. Marc decides up to 60,000; a change of all 31 costs about 51,000. He has not answered the"
            " calculation yet.",
        },
        rationale="Felix calls Marc this week.",
        then=(CarriedOut(hours_later=0.01),),
    ),
    Proposed(
        hours_ago=0.3,
        clone="Henrik Dahl",
        action_type="modify_account_plan",
        account="vasko",
        deal="vasko-ring",
        payload={
            "plan": "1. Second lot before the heating season; Petra hears from us a week ahead.\n2. Spindle grease"
            " and tools as a kit for the crews.\n3. In spring: offer the survey of the west ring."
        },
        rationale="The first lot has arrived; the plan still spoke of winning the order.",
        then=(Approved(by="annika.brandt", hours_later=0.3, comment="Good.", held=True),),
    ),
)
