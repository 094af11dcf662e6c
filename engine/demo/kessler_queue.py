"""What waits for a person at Kessler."""

from engine.demo.rows import At, Edited, Happening, Paused, Proposed, mail

QUEUE: tuple[Happening, ...] = (
    Proposed(
        hours_ago=25,
        clone="Clara Engel",
        action_type="send_proposal",
        account="rhinefeld",
        deal="rhinefeld-frame",
        contact="nadia.costa",
        payload=mail(
            "nadia.costa@rhinefeld.example",
            "Twelve types for three plants",
            "Hello Nadia,",
            "From your list of 41 we suggest these twelve, with list prices per type in the table below the drawing"
            " numbers. The yearly quantities are yours. 158,000 a year at list; what a frame changes we discuss in"
            " person, as you asked.",
            "Kind regards",
            cc=("thomas.ehlers@rhinefeld.example",),
        ),
        rationale="Nadia sent the list of types and asked for list prices.",
    ),
    Proposed(
        hours_ago=19,
        clone="Henrik Dahl",
        action_type="negotiate_terms",
        account="norddeich",
        deal="norddeich-ballast",
        contact="greta.hansen",
        payload=mail(
            "g.hansen@norddeich.example",
            "Re: Terms for hulls 41 to 44",
            "Hello Greta,",
            "Finance has answered: 45 days for all four hulls. For late delivery they prefer a fixed dock-slot fee"
            " to a percentage, because it is what a delay really costs you.",
            "Can we settle the amount when we meet?",
            "Kind regards",
        ),
        rationale="Lotte passed on finance's answer: 45 days, a fixed fee instead of a percentage.",
        then=(
            Edited(
                by="annika.brandt",
                hours_later=1.2,
                changes={
                    "body": "Hello Greta,\n\nFinance has answered on the days of payment: 45 for all four hulls."
                    " About late delivery we would rather speak in person; we have an idea that fits a yard"
                    " better than a percentage.\n\nKind regards"
                },
            ),
        ),
    ),
    Proposed(
        hours_ago=9.5,
        clone="Henrik Dahl",
        action_type="send_follow_up_email",
        account="vasko",
        deal="vasko-ring",
        contact="petra.vasko",
        payload=mail(
            "petra@vasko-heat.example",
            "Re: First lot arrived",
            "Hello Petra,",
            "Good to hear. For the spindles please use a lithium grease of class 2; a cartridge is enough for about"
            " forty valves. We put a box of cartridges into the second lot.",
            "Kind regards",
        ),
        rationale="Petra asked which grease the crews should use.",
    ),
    Proposed(
        hours_ago=8,
        clone="Clara Engel",
        action_type="schedule_meeting",
        account="bodmer",
        deal="bodmer-cellar",
        contact="elif.kaya",
        payload={
            "attendees": [
                "josef@bodmer.example",
                "elif.kaya@bodmer.example",
                "early.shift@bodmer.example",
                "late.shift@bodmer.example",
                "hygiene@bodmer.example",
                "fitter@widmer-sanitary.example",
            ],
            "starts_at": At(6, "16:00"),
            "duration_minutes": 90,
            "title": "Cellar refit: the six Sundays",
            "location": "Bodmer Breweries, cellar 2",
            "description": "Which section on which Sunday, who opens, and what has to be clean by Monday at five.",
        },
        rationale="Elif named the six people who have to be there.",
    ),
    Proposed(
        hours_ago=6.5,
        clone="Clara Engel",
        action_type="send_follow_up_email",
        account="bodmer",
        deal="bodmer-cellar",
        contact="josef.bodmer",
        deal_stage="evaluation",
        payload=mail(
            "josef@bodmer.example",
            "A brewery that did it on Sundays",
            "Hello Josef,",
            "A brewery in the next valley changed its cellar the same way last year: seven Sundays, no batch lost."
            " The brewer there is happy to show you the result.",
            "Kind regards",
        ),
        rationale="Josef fears for his batches. As I see it he is comparing offers by now.",
    ),
    Proposed(
        hours_ago=5,
        clone="Clara Engel",
        action_type="contact_c_suite",
        account="almgren",
        deal="almgren-line3",
        contact="oskar.almgren",
        payload=mail(
            "oskar@almgren.example",
            "Five minutes a day on line 3",
            "Dear Mr. Almgren,",
            "Birgit Sand measured nine minutes of cleaning with the trial pump against fourteen with the old one."
            " On line 3 that is five minutes at every change of product, about six times a day.",
            "May I send you what that means for the yearly output?",
            "Kind regards",
        ),
        rationale="Oskar decides, and he has not seen Birgit's figures.",
    ),
    Paused(
        hours_ago=4,
        by="jonas.weiss",
        action_type="send_chat_message",
        reason="The chat rooms move to the new server this afternoon.",
    ),
    Proposed(
        hours_ago=3.3,
        clone="Henrik Dahl",
        action_type="send_chat_message",
        account="lindmark",
        deal="lindmark-intake",
        payload={
            "channel": "#water",
            "text": "Lindmark: the bank meets Samir again this week. I would call him afterwards, not before.",
        },
        rationale="Lotte planned to call today.",
    ),
    Proposed(
        hours_ago=1.5,
        clone="Clara Engel",
        action_type="order_sample",
        account="rhinefeld",
        deal="rhinefeld-frame",
        contact="thomas.ehlers",
        payload={"article": "K-40 gasket, DN 50", "pieces": 6, "ship_to": "Rhinefeld Chemicals, plant 2, maintenance"},
        rationale="Thomas would like to see the gasket in service before he puts it on the list of twelve.",
    ),
    Proposed(
        hours_ago=0.6,
        clone="Henrik Dahl",
        action_type="progress_past_evaluation",
        account="norddeich",
        deal="norddeich-ballast",
        payload={"to_stage": "closed_won"},
        rationale="Malte wrote that nothing stands in the way of the order. The order itself has not arrived yet.",
    ),
)
