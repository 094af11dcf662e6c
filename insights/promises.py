"""What we promise: prices, discounts, dates, terms and legal matters, each a table of ways to say it (insights.phrases)."""
# ruff: noqa: E501 - a way to say it stands on one line

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from insights.phrases import pattern, patterns, table


class Kind(StrEnum):
    PRICE = "price"
    DISCOUNT = "discount"
    DATE = "date"
    TERMS = "terms"
    LEGAL = "legal"


table("currency", r"""(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|\u20ac|\u00a3)""")
table(
    "money",
    r"""
    [$\u20ac\u00a3\u00a5] ?\d[\d.,]*(?: ?[km]\b)?
    \b(?:usd|eur|gbp|chf) ?\d[\d.,]*
    \b\d[\d.,]*(?: ?[km])? ?<currency>
    """,
)
table(
    "share",
    r"""\d+(?:[.,]\d+)? ?(?:%|percent\b|per cent\b)
    \b(?:five|ten|fifteen|twenty|twenty-five|thirty|fifty) (?:percent|per cent)\b""",
)
table("price", r"""(?:prices?|pricing|rates?|quotes?|quotation|fees?|costs?|charges?)""")
table("each", r"""(?:per|a|an|/) ?(?:seat|user|month|year|licen[cs]e|head|unit|hour|day|person)\b""")
table(
    "number", r"""(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|couple of|few)"""
)
table("weekday", r"""(?:mon|tues|wednes|thurs|fri|satur|sun)day""")
table(
    "month",
    r"""
    (?:january|february|march|april|may|june|july|august|september|october|november|december)
    (?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?
    """,
)
table("of_it", r"""(?: (?:the )?(?:end|close|start|beginning|first week|middle) of(?: the)?| the)?(?: this| next)?""")
table(
    "when",
    r"""
    \b(?:by|on|before|until|this|next|from|for|as of|no later than|come|starting)<of_it> (?:<weekday>|<month>|\d{1,2}(?:st|nd|rd|th))
    \b(?:by|on|before|until|from|for|as of|no later than|starting)<of_it> (?:\d{1,2} (?:of )?<month>|\d{1,4}[/.-]\d{1,2})
    \b(?:by|before|until|this|next|no later than|at)<of_it> (?:week|month|quarter|year|business|day\b|q[1-4]\b|eod|eow|cob|noon)
    \b(?:by|before|until|for)<of_it> (?:tomorrow|tonight|today|christmas|easter|new year)
    \bbefore your (?:launch|go-live|deadline|meeting|board)\b
    \b(?:within|in|in under|inside)(?: the next)? <number>(?:-\d+)? (?:more |business |working )?(?:hours?|days?|weeks?|months?)\b
    \b(?:tomorrow|today|tonight|overnight|24 hours|(?:end|close) of (?:the |this |next )?(?:day|week|month|quarter|year|business))\b
    \b(?:in|during|by|early|mid|late)[ -](?:early |mid[- ]|late |the )?(?:q[1-4]|<month>|20\d\d|spring|summer|autumn|winter)\b
    \b<month> \d{1,2}(?:st|nd|rd|th)?\b
    \bnext (?:<weekday>|week|month|quarter)\b
    \b<weekday> (?:at the )?latest
    """,
)
table(
    "do",
    r"""
    (?:deliver|ship|launch|complet|implement|install|deploy|releas|migrat|resolv|onboard|start|finali[sz]|finish|provid|fix)\w*
    go(?:es)? (?:live|out)
    going live
    send
    sent
    have (?:it|this|that|them|everything|you|your|the|a|an|all|our)\b
    get (?:it|this|that|them|everything|you|your|the)\b
    be (?:ready|live|done|up and running|in place|set up|with you)
    roll(?:ed|ing)? (?:it |this |everything )?out
    roll-?out
    receive
    contract from
    set (?:it|this|you|everything|up)\b
    hand (?:it )?over
    turn [^.]{0,40}?around
    begin
    build
    done
    in your (?:hands|inbox)
    add (?:it|this|the)
    """,
)
table(
    "thing",
    r"""
    \b(?:delivery|go-live|roll-?out|launch|implementation|installation|release|migration|shipment|order|feature|integration)
    \b(?:module|version|work|project|patch|update|fix|upgrade|environment|system|platform|report|connector|hardware|devices?)
    """,
)
table(
    "talk",
    r"""\b(?:calls?|meetings?|chat|demo|catch[- ]?up|coffee|lunch|conversation|invite|invitation|talk|speak|agenda|available)\b""",
)
table(
    "gift",
    r"""(?:months?|seats?|licen[cs]es?|users?|training|onboarding|set-?up|implementation|migration|support|upgrade|year)""",
)
table(
    "given",
    r"""
    discounts?
    rebates?
    credit(?:s|ed)? (?:of|for|on|you|your)
    waiv\w+
    reduc(?:ed|tion)
    lower (?:the )?<price>
    special (?:price|rate|deal)
    (?:a )?break of
    half[- ]price
    on the house
    complimentary
    throw(?:ing)? in
    for free
    free of charge
    free (?:[\w-]+ )?<gift>
    <gift> (?:for )?free
    (?:at |for )?no (?:extra |additional |further )?(?:cost|charge|fee)
    at our (?:own )?(?:cost|expense)
    (?:knock|take|shave|drop)\b[^.]{0,40}?\boff\b
    (?:drop|cut|lower|reduc\w+|slash)\b[^.]{0,30}?<price>
    price (?:cut|break)
    """,
)
table(
    "term",
    r"""
    net[- ]?\d+
    payment terms?
    instal+ments?
    (?:pay(?:ments?)?|bill(?:ed|ing)?|invoice[ds]?)\b[^.]{0,40}?\b(?:quarterly|monthly|annually|in arrears|upfront|\d+ days)
    pay(?:ments?)?\b[^.]{0,40}?\b(?:over \w+ (?:months|years)|within \d+ days|until)
    (?:quarterly|monthly|annual|yearly|deferred|staged|split|late) (?:payments?|billing|invoic\w+)
    month[- ]to[- ]month
    cancel\w*
    terminat\w+
    opt[- ]out
    break clause
    auto[- ]?renew\w*
    renew(?:s|ed)? automatically
    renewal (?:clause|terms?|period)
    notice period
    (?:days'?|months?'?s?) notice
    exclusiv\w+
    \bslas?\b
    uptime
    response times?
    refund\w*
    money[- ]back
    money back
    lock-?in
    minimum (?:term|commitment|volume)
    warrant(?:y|ies)
    (?:contract|agreement|subscription|commitment) (?:length|term|duration|period)
    (?:\w+|\d+)[- ](?:month|year|day)s?[- ](?:term|contract|commitment|agreement|trial|pilot|grace|guarantee|money)
    (?:your|these|those|the|favou?rable|better|flexible) (?:[\w-]+ )?terms
    extend (?:the|your) (?:trial|pilot|deadline|contract)
    (?:shorter|longer|flexible) (?:term|contract)
    """,
)
table(
    "paper",
    r"""
    \b(?:ndas?|dpas?|msas?|contract|agreement|clauses?|addendum|amendment|redlines?|terms and conditions|paperwork|order form)\b
    \b(?:baa|sccs?|changes to section|section \d+|wording|master services|whatever|your lawyers)\b
    """,
)
table(
    "law",
    r"""
    indemnif\w+
    indemnit\w+
    liab(?:le|ility|ilities)
    legally
    binding
    (?:be )?bound by
    \b(?:gdpr|hipaa|soc ?2|iso ?27001)\b
    complian(?:t|ce)
    compl(?:y|ies) with
    governing law
    jurisdiction
    intellectual property
    ip rights
    ownership of
    data residency
    (?:data|it|everything) (?:never leaves|stays (?:in|within)|remains (?:in|within))
    damages
    penalt(?:y|ies)
    h[eo]ld (?:you )?harmless
    confidential\w*
    laws? of
    breach
    lawsuit
    legal (?:responsib\w+|costs?|claims?)
    """,
)

NO_PRICE = pattern(
    r"""
    \b(?:discounts?|reductions?|rebates?|credits?|refunds?|penalt\w+|sav\w+|budget\w*|liab\w+) (?:of|for|is|you)? ?<money>
    \bcap\w* (?:our |the |all )?(?:liab|indemn)[^.;]*
    <money> (?:off|discount|credit|rebate|less|refund)\b
    """
)

# A sentence that matches a line makes a promise of that kind.

_OF_PRICE = r"""
<will><part><money>(?!<part>\b(?:off|discount|credit|rebate|less|saved|in savings)\b)
\b(?:<price>|total|renewal|offer|final|licen[cs]es?|seats?|subscription|package|plan)\b<part>(?:\b(?:is|are|be|at)|:) ?<money>
\b(?:<price>|total|licen[cs]es?|subscription|package|plan|it|that)\b<part>\b(?:comes? to|costs?|runs?|starts? at) ?<money>
\b(?:it|that|this|which|everything)(?: is|'s| are) (?:only |just |exactly )?<money>
<will><part>\b\d[\d.,]* <each>
<will><part>\bfor \d[\d.,]* ?k\b
\b<have> (?:secured|arranged|held|kept|got)<part>\b<price>\b
<money> ?(?:<each>|all[- ]in|flat|in total)
(?:<will>|\byour |\b<have> )<part>\b(?:hold|lock\w*|freez\w+|frozen|fix(?:ed)?|cap\w*|match|beat|honou?r)\b<part>\b<price>\b
(?:<will>|\byour |\b<have> )<part>\b(?:guarantee\w*|keep|protect\w*|stays?|remains?)\b<part>\b<price>\b
\b(?:at|for) (?:the|your) (?:old|same|current|existing|original|\d{4}) <price>\b<part>\b(?:guaranteed|confirmed|promised)\b
<will><part>\b(?:at|for) (?:the|your) (?:old|same|current|existing|original) <price>\b
\b<price>\b<part>\b(?:won't|will not|will never) (?:go up|increase|change|rise|exceed|move|be raised)
\b<price>\b<part>\b(?:is|are|be|stays?|remains?|stay|remain) (?:locked|fixed|frozen|guaranteed|capped|held|the same|unchanged)
\b(?:won't|will not|never|not going to) (?:ever )?(?:raise|increase|change|touch)\b<part>\b<price>\b
"""
_OF_DISCOUNT = r"""
<will><part>\b<given>
\b<have> (?:approved|applied|arranged|secured|waived|added)<part>\b<given>
\b(?:throwing in|waiving|knocking)\b
\bconsider\b<part>\b(?:waived|free|included)\b
<share> (?:off|discount|reduction|less|rebate|cheaper|price)\b
\b(?:discount|reduction|rebate)\b of (?:<share>|<money>)
<will><part><share><part>\b(?:off|discount|reduction|rebate|lower|less)\b
<money> (?:off|discount|credit|rebate)\b
\b(?:won't|will not|never|don't|do not) (?:be |have to |need to )*(?:charged?|bill(?:ed)?|cost|pay|invoiced?) (?:for|extra|you|any)
\bno (?:set-?up|extra|additional|onboarding|implementation|hidden) (?:fees?|costs?|charges?)\b
\b<gift> (?:is|are|comes?|included) (?:at )?(?:on us|free|no extra (?:cost|charge))\b
\b(?:first|second|third|next|last) (?:\w+ )?(?:month|year|quarter|weeks?|months) (?:is|are) (?:on us|free)
\b(?:discount|rebate|reduction|credit)\b<part>\b(?:is|are) (?:yours|approved|confirmed|agreed|applied|included)\b
"""
_OF_DATE = r"""
^(?!.*<talk>).*<will><part>\b<do><part><when>
^(?!.*<talk>).*<are> (?:delivering|shipping|launching|releasing|sending)<part><when>
^(?!.*<talk>).*<when><part><will><part>\b<do>
<will><part>\b(?:deliver|ship|go live|launch|install|implement|deploy|migrate)\w*<part><when>
<thing>\b<part>\b(?:is (?:set|scheduled|confirmed|fixed|guaranteed|on|due)|will|ships?|starts?|happens?|arrives?)\b<part><when>
<thing>\b<part>\bgoes (?:live|out)\b<part><when>
\bwill be (?:deliver|ship|install|migrat|launch|releas|complet|finish|fix)\w*<part><when>
"""
_OF_TERMS = r"""
<will><part>\b<term>
\b<term><part>\b(?:works? for|fine (?:by|for|with)|acceptable to) us\b
\b(?:payment|invoices?|contract|agreement|subscription|term|trial|pilot|billing)\b<part>\b(?:is|are|be)\b<part>(?:<term>|\d+ days)
\b(?:contract|agreement|subscription|term|trial|pilot)\b<part>\b(?:runs?|lasts?|renews?)\b<part>\b(?:days|months?|years?|monthly)
\b<term><part>\b(?:is|are|be) (?:guaranteed|agreed|accepted|fine|included|confirmed|approved|ok)\b
\b(?:no lock-?in|not (?:be )?locked in|no minimum (?:term|commitment))\b
"""
_OF_LEGAL = r"""
<will><part>\b<law>
\bin writing\b.*<law>|<law>.*\bin writing\b
<will><part>\b(?:sign(?:ed)?|countersign|accept(?:ed)?|agree(?:d)? (?:to|with)|execute|amend)\b<part><paper>
<will><part>\b(?:add|insert|strike|remove|include)\b<part>\b(?:clauses?|addendum|amendment|wording|section)\b
(?:<we> <surely>|^)(?:accept|agree to|agree with|agree on)\b<part><paper>
\b<are> (?:signing|accepting|countersigning)\b<part><paper>
\b(?:this|our) (?:e-?mail|message|letter|offer|proposal|reply|statement)\b<part>\b(?:is|constitutes|forms)\b<part>\bbinding\b
\b(?:we|i) (?:are|am|will be|remain|assume|bear|take) (?:(?:fully|solely|all|full|the) )?(?:liab\w+|legal responsib\w+)
\bwe (?:warrant|represent|indemnify)\b
\bwe are (?:fully )?(?:gdpr|hipaa|soc ?2)\b(?! audited)
\bwaiv\w+\b<part>\b(?:rights?|claims?|liabilit\w+)
\bmakes? (?:it|this|that) (?:legally )?binding\b
"""

OF_A_KIND: Mapping[Kind, tuple[re.Pattern[str], ...]] = MappingProxyType(
    {
        Kind.PRICE: patterns(_OF_PRICE),
        Kind.DISCOUNT: patterns(_OF_DISCOUNT),
        Kind.DATE: patterns(_OF_DATE),
        Kind.TERMS: patterns(_OF_TERMS),
        Kind.LEGAL: patterns(_OF_LEGAL),
    }
)
