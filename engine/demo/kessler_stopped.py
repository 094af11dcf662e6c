"""What Kessler's agents proposed and what never came to be: blocked, rejected, expired."""

from engine.demo.rows import Happening, OptedOut, Proposed, Rejected, mail

STOPPED: tuple[Happening, ...] = (
    Proposed(
        hours_ago=118,
        clone="Henrik Dahl",
        action_type="send_proposal",
        account="lindmark",
        deal="lindmark-intake",
        contact="samir.haddad",
        payload=mail(
            "samir.haddad@lindmark.example",
            "Intake pumps: delivery in two steps",
            "Hello Samir,",
            "If the financing comes in two steps, the delivery can as well: two pumps now, two when the second"
            " tranche is there. The price per pump stays the same.",
            "Kind regards",
        ),
        rationale="The financing is late, not the need.",
        expired=True,
    ),
    Proposed(
        hours_ago=79,
        clone="Henrik Dahl",
        action_type="negotiate_terms",
        account="norddeich",
        deal="norddeich-ballast",
        contact="greta.hansen",
        payload=mail(
            "g.hansen@norddeich.example",
            "Re: Terms for hulls 41 to 44",
            "Hello Greta,",
            "Payment within 60 days is possible for this order. About the penalty we come back to you.",
            "Kind regards",
        ),
        rationale="60 days would close one of Greta's two points.",
        then=(
            Rejected(
                by="annika.brandt",
                hours_later=2.0,
                reason="60 days is for finance to decide, and they have not. Ask Lotte for their answer, then"
                " propose again.",
            ),
        ),
    ),
    OptedOut(
        hours_ago=75,
        by="annika.brandt",
        contact="ines.torrent",
        reason="Asked us to send no further offers.",
    ),
    Proposed(
        hours_ago=58,
        clone="Henrik Dahl",
        action_type="legal_commitment",
        account="norddeich",
        deal="norddeich-ballast",
        contact="greta.hansen",
        payload={"clause": "Penalty of one per cent per week for late delivery, at most five per cent"},
        rationale="Greta asks for a penalty clause; five per cent at most is usual in the trade.",
    ),
    Proposed(
        hours_ago=40,
        clone="Henrik Dahl",
        action_type="send_follow_up_email",
        account="torrent",
        contact="ines.torrent",
        payload=mail(
            "ines@torrent-aqua.example",
            "Spare pump for the season",
            "Hello Ines,",
            "Before the warm months, a spare circulation pump on the shelf can save a tank. Shall I quote one?",
            "Kind regards",
        ),
        rationale="Last summer two customers lost fish when a pump failed.",
    ),
)
