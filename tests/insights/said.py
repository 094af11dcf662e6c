"""What customers say so plainly that any reader sees what they mean, and what tells nothing at all."""

PLAINLY = {
    "budget_mentioned": "Our budget of 50k is approved for this project.",
    "timeline_urgency": "We need this live by the end of the month, it is urgent.",
    "competitive_evaluation": "We are also evaluating Hooli and Initech.",
    "stakeholder_expansion": "I am bringing our CFO and the head of IT into the next call.",
    "next_step_requested": "Could you give us a demo next week?",
    "pricing_requested": "Please send us a quote for 100 seats.",
    "review_started": "Our legal team is reviewing the contract.",
    "budget_freeze": "Our budget has been frozen until next year.",
    "champion_departure": "I am leaving the company at the end of the month.",
    "competitor_preference": "We have decided to go with Initech instead of you.",
    "negative_sentiment": "We are very unhappy with your service.",
    "meeting_missed": "I have to cancel our meeting tomorrow.",
    "opt_out": "Please unsubscribe me from your mailing list.",
}
NOTHING = [
    "The parcel with the lamp stood beside the fireplace.",
    "Thanks, that works for me.",
    "no budget issue",
    "This is not urgent.",
    "she is leaving for lunch",
]
