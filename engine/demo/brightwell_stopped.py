"""What Brightwell's agents proposed and what never came to be: blocked, rejected, withdrawn, expired."""

from engine.demo.rows import Happening, OptedOut, Proposed, Rejected, Withdrawn, mail

STOPPED: tuple[Happening, ...] = (
    Proposed(
        hours_ago=127,
        clone="Iris Bell",
        action_type="discuss_pricing",
        account="tamarack",
        deal="tamarack-crews",
        contact="yuki.tanaka",
        payload=mail(
            "yuki.tanaka@tamarack-solar.example",
            "A smaller start for the installation crews",
            "Hello Yuki,",
            "While the permits hold up the full rollout, would a start with one crew help you keep the momentum?"
            " The price per seat would stay what it is; only the number changes.",
            "Kind regards",
        ),
        rationale="A smaller first step might not need the board.",
        expired=True,
    ),
    OptedOut(
        hours_ago=80,
        by="dana.whitfield",
        contact="pete.norris",
        reason="Asked to be taken off the list in his mail about the decision.",
    ),
    Proposed(
        hours_ago=74,
        clone="Nora Vance",
        action_type="contact_c_suite",
        account="northgate",
        deal="northgate-grid",
        contact="alma.stone",
        payload=mail(
            "alma.stone@northgate.example",
            "A good first week on the coast",
            "Dear Ms. Stone,",
            "The coastal crews have worked with the new schedule for a week, and it has been a quiet start. I would"
            " be glad to show you the first figures.",
            "Kind regards",
        ),
        rationale="The first week went well; a note to the top might open the inland districts.",
        then=(
            Rejected(
                by="dana.whitfield",
                hours_later=1.5,
                reason="Hugh brings this to Alma himself. Send him the figures instead, and leave her to us.",
            ),
        ),
    ),
    Proposed(
        hours_ago=71,
        clone="Eli Marsh",
        action_type="send_follow_up_email",
        account="oakridge",
        contact="pete.norris",
        payload=mail(
            "pete@oakridge.example",
            "Half a year on",
            "Hello Pete,",
            "A while has passed since you decided to stay with what you have. Has anything changed?",
            "Kind regards",
        ),
        rationale="Lost deals are worth a second look after some time.",
    ),
    Proposed(
        hours_ago=52,
        clone="Nora Vance",
        action_type="commit_pricing",
        account="halden",
        deal="halden-seats",
        contact="paula.chen",
        payload={"price_per_seat": "50.00", "valid_until": "June"},
        rationale="Paula asked whether the price holds until June; a written promise would settle it.",
    ),
    Proposed(
        hours_ago=51,
        clone="Nora Vance",
        action_type="Approve-Discount",
        account="halden",
        deal="halden-seats",
        payload={"percent": 8, "reason": "Payment in two parts"},
        rationale="Eight per cent would make up for the payment in two parts.",
    ),
    Proposed(
        hours_ago=31,
        clone="Eli Marsh",
        action_type="discuss_pricing",
        account="solace",
        deal="solace-seats",
        contact="anika.rao",
        payload=mail(
            "anika.rao@solace-medical.example",
            "The frame for 90 seats",
            "Hello Anika,",
            "90 seats at list price come to 62,000 a year, with the audit trail included. That lies within what you"
            " can sign yourself.",
            "Kind regards",
        ),
        rationale="Anika can sign up to 75,000 herself.",
        then=(Withdrawn(hours_later=1.1),),
    ),
)
