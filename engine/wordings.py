"""The sentences of the planner's drafts: a table by signal. Pure: no Django.

A mail names the deal through `{about}`, `{for_}`, `{of}`, `{on}` or `{with_}`: " about GTX Pro", or nothing where no deal is
known, so that every sentence stands with and without one. None of them promises a price, a discount, a date, terms or
anything legal, and none presses.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Wording(NamedTuple):
    """`opens` a mail, `asks` ends it: one question. `quotes`: their own words may be recalled in between."""

    subject: str
    opens: str
    asks: str
    quotes: bool = True


class Change(NamedTuple):
    """What the team is told of a change: what `is_so` of the account, and what would be good to do."""

    is_so: str
    advice: str


MAILS: Mapping[str, Wording] = MappingProxyType(
    {
        "budget_mentioned": Wording(
            "Your plans{for_}",
            "Thank you for being open about your budget{for_}.",
            "What would you need from us to take the next step?",
        ),
        "timeline_urgency": Wording(
            "Your timing{for_}",
            "I understand that timing matters to you{with_}.",
            "Which of your next steps depend on us?",
        ),
        "competitive_evaluation": Wording(
            "Comparing your options{for_}",
            "It makes sense that you are comparing several options{for_}.",
            "Which points matter most in your comparison?",
        ),
        "stakeholder_expansion": Wording(
            "Your colleagues and their questions{about}",
            "I am glad that more of your colleagues are taking part.",
            "Would it help if we answered their questions{about} together?",
        ),
        "next_step_requested": Wording(
            "The next step{for_}",
            "Thank you for asking about the next step{for_}.",
            "Which days would suit you for a short call about it?",
        ),
        "pricing_requested": Wording(
            "Your question about pricing{for_}",
            "Thank you for asking about pricing{for_}. Knowing a little more about your needs would help my colleagues"
            " to answer you properly.",
            "What should it cover, and who would use it?",
        ),
        "review_started": Wording(
            "Your review{of}",
            "I understand that a review{of} is under way on your side.",
            "Which documents or answers would help your reviewers most?",
        ),
        "silence": Wording(
            "Following up{on}",
            "We have not been in touch{about} for a while.",
            "Where do things stand on your side?",
        ),
        "slower_replies": Wording(
            "A short question{about}",
            "I know how busy things can get, so I will keep this short.",
            "Where do things stand{with_} on your side?",
        ),
        "budget_freeze": Wording(
            "Where things stand{with_}",
            "Thank you for letting us know how things stand with your budget{for_}.",
            "Would it help to look together at what could wait and what could not?",
            quotes=False,
        ),
        "champion_departure": Wording(
            "The right person to talk to{about}",
            "We understand that there are changes in your team.",
            "Who will be the right person to talk to{about} from now on?",
            quotes=False,
        ),
        "competitor_preference": Wording(
            "Your decision{on}",
            "Thank you for being open about where you are leaning{with_}.",
            "May I ask what made the difference for you?",
            quotes=False,
        ),
        "negative_sentiment": Wording(
            "Your experience with us",
            "I am sorry that things have not gone as you expected.",
            "Would you tell me what went wrong, in a reply or in a short call?",
            quotes=False,
        ),
        "meeting_missed": Wording(
            "Our meeting",
            "It is a pity that our meeting did not take place.",
            "Which days would suit you for another try?",
            quotes=False,
        ),
        "untouched": Wording(  # a deal about which nothing is on record
            "Where things stand{with_}",
            "I would like to know how things stand{with_} on your side.",
            "Is there anything you need from us at the moment?",
        ),
        "goal:revenue": Wording(
            "Where things stand{with_}",
            "I would like to know how things stand{with_} on your side.",
            "What is still open before you can decide?",
        ),
        "goal:pipeline": Wording(
            "Where things stand{with_}",
            "I would like to know how things stand{with_} on your side.",
            "Has anything changed in what you need?",
        ),
        "goal:quality": Wording(
            "Understanding your needs{for_}",
            "So that we can prepare well, I would like to understand your needs{for_} better.",
            "What should be different for you in the end, and who decides about it?",
        ),
    }
)
ANY_MAIL = Wording(
    "Following up{on}", "I would like to follow up{on}.", "Is there anything you need from us at the moment?"
)

CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "rate_up": Change("is in touch more often than usual", "call them while they are so interested"),
        "rate_down": Change("is in touch less often than usual", "ask what has changed"),
        "attendance_up": Change("keeps more of its meetings than before", "use the next one to agree on a next step"),
        "attendance_down": Change("keeps fewer of its meetings than before", "ask whether another time or form suits"),
        "depth_up": Change("writes more, or with more people, than usual", "write back soon, with as much detail"),
        "depth_down": Change("writes less, or with fewer people, than usual", "call instead of writing"),
    }
)
ANY_CHANGE = Change("has changed how it is in touch", "look at its timeline")

# What managers are asked to do about a risk.
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "silence": "call the customer and ask where things stand",
        "slower_replies": "call the customer and ask what holds things up",
        "budget_freeze": "talk to whoever decides about the money before anything else is sent",
        "champion_departure": "find out who takes over, and be introduced before the person leaves",
        "competitor_preference": "talk to the customer in person about what made the difference",
        "negative_sentiment": "call the customer, listen, and agree on what is put right",
        "meeting_missed": "call the customer and find another time",
    }
)
ANY_REMEDY = "talk to the customer in person before anything else is sent"
