"""How we speak when we promise, and when we do not: the words around a promise, whatever it is about (insights.commitments).

Every line of a table is one way to say it, as a regular expression; the names in angle brackets stand for other tables.
"""
# ruff: noqa: E501 - a way to say it stands on one line

import re

TABLES: dict[str, str] = {"part": r"(?:[^.;!]|\.(?=\d)){0,80}?"}


def any_of(table: str) -> str:
    """One expression for any line of a table."""
    lines = [line.strip() for line in table.strip().splitlines()]
    told = re.sub(r"<(\w+)>", lambda found: TABLES[found[1]], "|".join(lines))
    return f"(?:{told})"


def table(name: str, table: str) -> None:
    TABLES[name] = any_of(table)


def pattern(table: str) -> re.Pattern[str]:
    return re.compile(any_of(table), re.IGNORECASE)


def patterns(table: str) -> tuple[re.Pattern[str], ...]:
    return tuple(pattern(line) for line in table.strip().splitlines())


QUOTED = re.compile(
    r"(?m)^[ \t]*>.*$|(?s:^On [^\n]{5,120} wrote:\s*\n.*\Z)|(?s:^-{2,} ?Original Message.*\Z)|\u201c[^\u201d]{0,2000}\u201d|"
    r'"[^"\n]{0,500}"|(?<!\w)\u2018[^\u2019\n]{8,500}\u2019(?!\w)'
)

# --- who speaks, and how firmly ------------------------------------------------------------------------------------------

table(
    "we",
    r"""
    \bwe
    \bi
    \bour (?:[\w-]+ ){0,3}?(?:team|company|side|people|engineers|developers|legal|lawyers|finance|manager|management)
    """,
)
table("are", r"""(?:we|i)(?: are| am|'re|'m)""")
table("have", r"""(?:we|i)(?: have|'ve)(?: just| already| now)?""")
table(
    "surely",
    r"""(?:(?:also|gladly|happily|certainly|definitely|of course|personally|hereby|now|even|then|both|just|always) ){0,2}""",
)
table(
    "will",  # what makes a sentence ours, and firm
    r"""
    <we> <surely>(?:will|shall|can|commit|promise|guarantee|agree|accept|confirm|offer|give|waive|undertake|pledge|assure)\b
    <we> <surely>(?:include|hold|honou?r|match|cap|lock|comply|meet|warrant)\b
    \b(?:we|i)'ll\b
    <we> (?:is|are|am) going to\b
    \byou'd (?:get|have|pay)\b
    \b<are> <surely>(?:happy|pleased|glad|able|ready|prepared|willing|delighted|authori[sz]ed) to\b
    \b<are> <surely>(?:fine|ok|okay|good|comfortable|happy) with\b
    \b<are> <surely>(?!(?:ask|check|hop|try|work|wait|writ|reach|follow|review|prepar|wonder|look|attach)\w*ing\b)\w+ing\b
    \b<have> (?:approved|agreed|locked|secured|arranged|got|reserved|signed|accepted|applied|waived|extended|fixed|added)\b
    \byou(?:'ll| will| can| may| get| pay| won't| will not| have my word| have our word|'re getting| are getting)\b
    \byou(?:'re| are) (?:free|welcome|entitled) to\b
    \byou(?:'re| are) (?:good|set|covered|approved|locked in)\b
    \b(?:finance|management|leadership|my (?:manager|boss|director)|the board|legal) (?:has |have )?(?:signed off|approved|agreed)\b
    \b(?:is|are|be|consider \w+ [\w -]{0,30}?) ?(?:guaranteed|confirmed|locked|approved|assured|agreed|waived|included|yours|done)\b
    \b(?:works? for|fine (?:by|for|with)|acceptable to|ok for) us\b
    \blet me (?=(?:give|offer|take|knock|lock|hold|waive)\b)
    \blet's (?=(?:say|settle|call it|make it|agree)\b)
    \b(?:my word|rest assured|count on)\b
    ^(?:very |more than )?(?:happy|glad|pleased|delighted|willing) to\b
    ^(?:yes|sure|absolutely|deal|done|agreed|of course|no problem|good news|as agreed|as promised)\b(?=[,:.!])
    ^expect (?:it|the|your|this|a)\b
    """,
)
OUTRIGHT = pattern("<will>")
LEFT_OPEN = pattern(
    r"""
    \b(?:could|might|would|should|hope|hoping|aim|aiming|try|trying|(?:we|i|to) expect|expecting|estimate\w*|ideally)\b
    \b(?:possibly|perhaps|maybe|potentially|probably|targeting|tentative\w*|likely|usually|typically|generally|often)\b
    \b(?:look(?:ing)? (?:into|at|forward)|explore|considering|(?:we|i|to|will|'ll) consider|discuss\w*|talk about|negotiate)\b
    \b(?:review|reviewing|wonder\w*|let me know|subject to|pending|depend\w*|to be (?:confirmed|agreed|decided)|tbc|tbd)\b
    \b(?:under review|not final|non-binding|needs? (?:approval|sign-?off|to be approved)|for approval|indicative|ballpark)\b
    \b(?:ask|asked|find out|clarify|asking|checking|verify|hear|raise|decide) [^.]{0,60}?\b(?:if|whether|what|how|about|who)\b
    \b(?:check|see|confirm|know|tell you|explain) [^.]{0,60}?\b(?:if|whether|what|how|when|who|which)\b
    \b(?:if|once|provided|assuming|as soon as|unless|until|when|after)\b[^.,]{0,60}\b(?:approv\w*|sign[s-]? ?off|possible)\b
    \b(?:if|once|provided|assuming|as soon as|unless|until)\b[^.,]{0,60}\b(?:finance|manager|allowed|authori[sz]\w*)\b
    \b(?:if|once|provided|assuming|as soon as|unless|until)\b[^.,]{0,60}\b(?:management|leadership|my (?:boss|director)|legal)\b
    \b(?:get|send|come) back (?:to|with)\b
    \b(?:show|tell|teach) (?:you|them) how\b
    \b(?:run|put|take|bring) (?:this|it|that|your \w+) (?:by|to|with|past)\b
    \b(?:walk you through|explain|speak|talk) [^.]{0,40}\b(?:pric\w+|about|contract|terms)\b
    \b(?:please|kindly) (?:send|return|sign|share|let)\b
    """
)
MAY = re.compile(r"(?<![Yy]ou )(?<![\d.] )\bmay\b(?! \d)")  # in small letters, or it is a month
PAST = pattern(
    r"""
    \b(?:last (?:week|month|year|quarter|spring|summer|autumn|fall|winter)|yesterday|ago|previously|in the past|used to)\b
    \b(?:back (?:in|then)|earlier this (?:week|month|year)|at the time|has expired|helped)\b
    """
)
DENIED = pattern(
    r"""
    \b(?:cannot|can ?not|can't|won't|will not|unable|am not|'re not|'m not|never|neither|nobody|nothing)\b
    \bnot (?:able|in a position|authori[sz]ed|allowed|going|something|yet|promise|commit|guarantee|offer|possible|part of)\b
    \b(?:do(?:es)?(?: not|n't)|did(?: not|n't)|is(?: not|n't)|are(?: not|n't)|has(?: not|n't)|have(?: not|n't))\b
    \bwithout (?:a |any )?(?:commit\w*|promis\w*)\b
    \bno (?:promises?|commitments?|guarantees?|discounts?|decisions?|special|rebates?|exceptions?|one|flexibility)\b
    """
)
DENIED_TO_PROMISE = pattern(  # "we won't raise the price" denies and promises
    r"""
    \b(?:won't|will not|will never|never|not|don't|doesn't) (?:be |have to |need to |ever )*(?:rais|increas|chang|charg)\w*\b
    \b(?:won't|will not|will never|never|not|don't|doesn't) (?:be |have to |need to |ever )*(?:go up|rise|bill\w*|cost|move)\b
    \b(?:won't|will not|will never|never|not|don't|doesn't) (?:be |have to |need to |ever )*(?:pay|owe|invoice\w*|exceed)\b
    \b(?:won't|will not|will never|never|not|don't|doesn't) (?:be |have to |need to |ever )*(?:enforce|lock\w*|auto-?renew)\b
    \b(?:won't|will not|never) hold you\b
    \bno (?:lock-?in|minimum|penalt\w+|obligation|(?:[\w-]+ ){0,2}?(?:fees?|charges?|costs?))\b
    \bnot (?:locked|tied|be liable)\b
    \bno later than\b
    \bnever leaves?\b
    """
)
CONDITION = pattern(r"\b(?:if|in case|should|unless|whenever)\b[^,.;]*")  # what is denied there is not our promise
table("they", r"""\b(?:you|he|she|they|your [\w-]+|their [\w-]+) (?:have |had |'ve |just |also |kindly )?""")
THEIRS = pattern(
    r"""
    <they>(?:said|mentioned|asked|wrote|want|wanted|requested|told|proposed|need|needed|were|noted|suggested|offered|offers?)\b
    <they>(?:quoted|expect|expected|stated|indicated|raised|would like|'d like|explained|described|saw|could)\b
    \b(?:according to|per) (?:you|your)\b
    \b(?:competitors?|other vendors?|another vendor|the other (?:vendor|supplier)|telling me|know your)\b
    \byour (?:budget|deadline|policy|procurement|current|target|go-live|launch|fiscal)\b
    \b(?!we\b|i\b|you\b|this\b|it\b|that\b|price\b)\w+ (?:offers|charges|promises|quotes|gives) (?!you\b)
    """
)
