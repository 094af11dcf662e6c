"""What we promise: prices, discounts, dates, terms and legal matters, each a table of ways to say it (insights.phrases)."""
# ruff: noqa: E501 - a way to say it stands on one line

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from insights import figures  # noqa: F401 - for its tables
from insights.phrases import pattern, table


class Kind(StrEnum):
    PRICE = "price"
    DISCOUNT = "discount"
    DATE = "date"
    TERMS = "terms"
    LEGAL = "legal"


table(
    "gift",
    r"""(?:months?|seats?|licen[cs]es?|users?|training|onboarding|set-?up|implementation|migration|installation|delivery|shipping|carriage|support|upgrades?|years?|weeks?|days?|hours|samples?|inspection|workshop|service|one|unit|replacements?|trial)""",
)

_OF_PRICE = r"""
<money>
(?:for|at|to|pay|costs?|charge|total|is|makes it|it is|be|do|is now|quote|just|only|bundle) <amount>(?! (?:\w+ )?(?:are|people|users|sheets|customers|orders|miles|units|hours|years|staff|seats))
<amount> (?:all[- ]in|flat|in total|final|covers?|rather than|for (?:the lot|everything|you))
(?:hold|held|holding|lock|locked|freez\w+|frozen|fix|fixed|cap|capped|match|matching|beat|honou?r|guarantee|guaranteed|keep|protect|same|old|current|existing|original|legacy|\d{4}) (?:\S+ ){0,4}?(?:<price>|tier|renewal)
<price> (?:protection|guarantee)
(?:at|for) cost(?! of)
<price> (?:\S+ ){0,5}?(?:locked|fixed|frozen|guaranteed|capped|held|same|unchanged|firm|hold|stays?|remains?|stands?|stable)
<price> (?:\S+ ){0,5}?(?:will not|will never|does not|do not|never) (?:ever )?(?:go up|increase|change|rise|exceed|move|be raised)
(?:will not|never|not going to|does not|do not) (?:ever )?(?:raise|increase|change|touch) (?:\S+ ){0,4}?<price>
(?:will|never|not) (?:be |ever )*(?:billed|charged|invoiced|pay) (?:\S+ ){0,4}?(?:more|over|above|than)
(?:stay|stays|remain|keep) (?:\S+ ){0,3}?(?:what you pay|paying)
(?:no (?:uplift|(?:price )?increase|rise|surcharge)|go on paying|rate you (?:already )?have|what you pay (?:today|now))
(?:match|beat) (?:\S+ ){0,3}?(?:quote|offer|price|them|their|that|competitor\w*|rate)
(?:we|i) (?:\w+ )?cap it
"""
table(
    "given",
    r"""
    (?:discount|rebate|reduction|deduction|mark-?down|allowance)s?
    (?<!service )(?<!your )credit(?:s|ed|ing)? (?:of|for|on|you|your|note|towards|one|a|the|to)
    waiv(?:e|ed|es|ing|er)(?! (?:\S+ ){0,3}?(?:rights?|claims?|clause|exclusiv|liab))
    (?:reduce[ds]?|lower(?:ed)?|drop(?:ped|s)?|cut(?:ting)?|slash\w*|halve[ds]?|remove[ds]?|skip) (?:\S+ ){0,4}?<price>
    (?:special|partner|loyalty|early-?bird|nonprofit|charity|student|volume|friends|intro\w*|preferential|group|reseller) (?:price|rate|deal|pricing|discount|scheme|margin)
    (?:a )?break of
    half[- ]price|(?:a )?(?:half|third|quarter) (?:the )?(?:price|off)|at half
    (?<!count )(?<!rely )(?<!depend )on (?:the house|us)
    complimentary
    (?:throw(?:ing|n)?|chuck(?:ing)?) in
    throw (?:\S+ ){1,3}in
    (?:for )?free of charge
    (?:for (?:free|nothing)|gratis|our treat)
    free (?:[\w-]+ )?<gift>
    <gift> (?:\S+ ){0,2}?(?:for )?free(?! (?:to|on|at|next|this))
    (?:is|are|comes?|get|go|goes|third|second) free(?! (?:to|on <weekday>|on the|at|for a|next|this|from|of (?:open|any)|tier|return|stock))
    (?:at |for |is )?no (?:extra |additional |further )?(?:cost|charge|fee)(?! for cancel)
    (?:at |for )?zero cost
    at our (?:own )?(?:cost|expense)
    (?:knock(?:ed)?|take|taken|taking|shave|shaving|drop|come|get|bring|knocking|coming)(?:ing)? (?:\S+ ){0,5}?(?:off|down by)
    price (?:cut|break)
    (?:cut|cutting|reduc\w+|lower\w*|bring\w*|drop\w*|slash\w*) (?:\S+ ){1,5}?(?:by|to) (?:half|a \w+|\d\S*|\w+ (?:percent|per cent))(?! (?:day|week|month))
    (?:voucher|gift card|cash-?back|coupon|freebie)
    for the price of
    (?:delivery|shipping|carriage|freight|postage|installation|setup|set-up|fitting) (?:is )?included
    (?:all|only thing) you (?:have to |need to )?pay
    for the same (?:money|price|cost|fee)
    (?:write|writing|written|wrote|scrap\w*|cancel) (?:\S+ ){0,2}?off
    no (?:supplement|surcharge|mark-?up|extras?)
    (?:reimburs|compensat)\w+
    <figure> (?:stays|remains|stands|applies|is yours|goes through)
    \S+'s (?:free|on us)
    comes? off
    (?:eat|absorb|swallow) (?:\S+ ){0,2}?
    (?:not|never) (?:be |have to |need to )*(?:charged?|bill(?:ed)?|invoiced?|pay|cost) (?:for|extra|you|any|at all|\S+ at all|support|a)
    no (?:set-?up|extra|additional|onboarding|implementation|hidden|delivery|platform|licen[cs]e) (?:fees?|costs?|charges?)
    pays? nothing|nothing to pay
    save[sd]? you|(?:saving|save) (?:of )?<money>
    refund(?:ed|ing|s)?(?<!full refund)(?! (?:\S+ ){0,3}?(?:in full|if|when))
    (?:annual )?bonus
    margin
    start billing when|only (?:start )?bill(?:ing)? (?:when|from)
    """,
)
_OF_DISCOUNT = r"""
<given>
<figure> (?:\S+ ){0,2}?(?:off|discounts?|less|reduction|rebate|cheaper|back|under (?:our|the)|on turnover|lower|saved|credit|margin|in savings)(?! to )
(?:less|minus|saves?) <share>
(?:give|giving|offer|offering|allow|grant) (?:\S+ ){0,3}?\d+(?:[.,]\d+)? ?(?:%|percent|per cent)
"""
table(
    "do",
    r"""
    (?:deliver|ship|dispatch|launch|complet|turn|wrap|promis|guarantee|putting|return|issu|commit|confirm|implement|install|deploy|releas|migrat|onboard|finali[sz]|finish|fix|resolv|roll(?:ed|ing)? ?out|swap|replac|ready|print|paint|build|produc|convert|import|train|publish|hand)\w*
    (?:arrives?|leaves?|reach(?:es)?|lands?|starts?|starting|begins?|live|go-live|done|ends?|sails?|done|out|access|standing|here|up|there|over|on site|take place|takes place|happens?|lead time|turnaround|follows?|back in|pencilled|booked|confirmed|at your gate|operational|online|available|in operation)
    (?:send|sent|get|gets|have(?! to )|mail (?:it|you|the)|post|provide|receive|expect|supply|bring|set|put|hung|with you|to you|your inbox|doorstep|in the post|be (?:at|on|in|with|there)|at your (?:place|door|site|office)|go(?:es)? live|make (?:it|friday|<weekday>|the))
    (?:is|are|be|gets?) (?:\w+ed|built|made|sent|shipped|done|hung)
    give us
    """,
)
_OF_DATE = r"""
<when>
"""
DO = pattern("<do>")  # what we do at a time
_OF_TERMS = r"""
(?:days|weeks|months|year) it is
(?:same|identical) (?:terms|conditions|deal)
(?:nobody|no one|no other \w+) (?:else )?(?:\S+ ){0,4}?(?:gets?|sells?|can|will|may)
(?:deposit|money|payment) (?:\S+ ){0,2}?(?:comes|back|returned|in full)
(?:hold|holding|reserve|reserving|set aside|keeping) (?:\S+ ){0,4}?for you\w*
no (?:deposit|strings|fine print|prepayment|contract|minimum)
free to end|yours to end|(?:end|leave|walk away|stop) (?:it )?(?:whenever|any ?time|after)
net[- ]?(?:\d+|thirty|forty-?five|sixty|ninety)
payment terms?
instal+ments?
(?:<count>|equal|both|monthly) (?:equal )?(?:stages|instal+ments?|payments|parts)
(?:pay(?:ments?|able|ing)?|bill(?:ed|ing)?|invoice[ds]?|owe|settle|due) (?!(?:\S+ ){0,3}?issued)(?:\S+ ){0,6}?(?:quarterly|annually|in arrears|up ?front|(?<!issued within )<span>|after|when|until|over|on actuals|in advance|local currency|for what you use|separately|later)
(?:quarterly|monthly|annual|yearly|deferred|staged|split|late) (?:payments?|billing|invoic\w+)
late (?:payment )?fees?
month[- ](?:to|by)[- ]month
cancel\w*
terminat\w+
opt[- ]out
(?:break|exit|out) (?:clause|option)
(?:auto[- ]?renew\w*|renew(?:s|ed)? (?:automatically|by itself)|not renew|renewal (?:clause|terms?|period))
(?:notice period|period of notice|notice)
exclusiv\w+
(?:slas?|uptime|availability|service levels?|service credits?)
(?:respon[ds]\w* (?:time|within|in)|(?:hours?|days?|minutes?) response|response (?:time|within|in|on)|answer (?:\S+ ){0,3}?(?:in|within)|response)
(?:24/7|24x7|round the clock|day and night|around the clock|phone line|support (?:for|is|included|hours))
(?:refund\w*|money[- ]back|return your money|send (?:it|them) back|(?:free|right of|accept|take|sale or) returns?|take (?:it|them) back)
(?:lock-?in|locked in|minimum (?:term|commitment|volume|order)|no (?:minimum|commitment|obligation|penalty|interest))
(?:warrant(?:y|ies)|guarantee (?:on|of|for)|(?:months?|years?)(?:'s?)? (?:\S+ )?guarantee|<number>[- ]year (?:\S+ )?guarantee)
(?:guarantee <count>|guarantee(?: is)? (?:months|years))
(?:contract|agreement|subscription|commitment|trial|pilot|term|licen[cs]e|exclusiv\w+) (?:\S+ ){0,4}?(?:length|duration|period|for|is|runs?|lasts?|of|until|would be|to the end) ?(?:\S+ ){0,2}?(?:<span>|<count> years?|months?|years?|<point>|<month>)
<number>[- ](?:month|year|day)s?[- ](?:\w+ )?(?:term|contract|commitment|agreement|trial|pilot|grace|guarantee|money|right|return|opt-?out)
(?:trial|pilot|test)(?: period)?(?: \S+){0,3} (?:<span>|extended?)
(?:use|have|test|try|keep) (?:\S+ ){0,5}?for <span>
(?:your|these|those|the|favou?rable|better|flexible|your own) (?:[\w-]+ )?terms
extend (?:\S+ ){0,3}?(?:trial|pilot|deadline|contract|offer|term)
(?:shorter|longer|flexible) (?:term|contract)
(?:roll|carry|carries)(?:s|ed)? over
(?:leave|free to (?:leave|go)|walk away|quit|stop|go up and down|scale (?:up|down)) ?(?:\S+ ){0,4}?(?:whenever|any ?time|at the end|when|each|after|with)
(?:offer|quote|proposal|price) (?:\S+ ){0,2}?(?:open|valid|stands?|good)
(?:keep|hold) (?:\S+ ){0,2}?(?:offer|quote|units|stock|pieces)
(?:in stock|consignment|safety stock|sale or return|unsold)
(?:named|dedicated|own|personal|assigned|same) (?:\S+ ){0,2}?(?:engineer|manager|contact|consultants?|team|channel|technician|success manager)
(?:include[sd]?|including|included|comes? with|get|with) (?:\S+ ){0,4}?(?:training|support|onboarding|success manager|workshops?|consultants?|maintenance|spare parts|review)
(?:training|support|maintenance|onboarding|premium support) (?:\S+ ){0,2}?(?:included(?! at no| for free)|is in|are in)
(?:visit|replace|repair|swap|exchange)s? (?:\S+ ){0,6}?(?:year|next (?:working|business) day|own cost|within|free|same day|for the whole)
(?:technician|engineer) (?:\S+ ){0,6}?within
(?:break|breaks|fails?) (?:\S+ ){0,4}?replace
at our own (?:cost|expense)
(?:quarterly|monthly|yearly) (?:business )?reviews?
severity \d
(?:pay|paid|settle) (?:\S+ ){0,2}?(?:after|when|once|only|as)
\d+ ?% (?:with|on|at|upon|after) (?:order|delivery|signature|acceptance)|balance
title (?:\S+ ){0,3}?passes
(?:available|spare parts|supply) (?:\S+ ){0,2}?for (?:<count> )?years
(?:you|we) (?:can )?(?:cancel|leave|terminate|downgrade|upgrade) (?:any ?time|whenever)
take (?:\S+ ){0,3}?data out
"""
_OF_LEGAL = r"""
(?:indemnif\w+|indemnit\w+|liab(?:le|ility|ilities)|binding|bound by|governing law|jurisdiction|arbitration|damages|penalt(?:y|ies)|harmless|lawsuit|responsib\w+)
(?:gdpr|hipaa|ccpa|tupe|soc ?2|(?:iso|en|din) ?\d+|directive|nis2|pci|fda|rohs)
(?:sub-?processors?|confidential\w*|secrecy|secret|breach\w*|patents?|courts?|legally|laws? of|(?:english|irish|german|french|dutch|swiss|swedish|scottish|austrian|danish|york|state|local|your|our) law)
(?:complian(?:t|ce) with|(?:fully|full) complian\w+|compl(?:y|ies) with|conforms? (?:to|with)|certify)
(?:intellectual property|ip (?:rights|claims?|ownership)|ownership of|copyrights?|(?:all|the|publishing|usage|exclusive) (?:the )?rights|rights? (?:in|to|of use)|rights are|perpetual|irrevocable|royalty-free|escrow|source code)
(?:data residency|(?:data|records|it|everything|footage|details|backups) (?:\S+ ){0,3}?(?:leaves?|stays?|remains?|kept|hosted|stored|shared|sold|disclosed|deleted|encrypted|used|lie))
(?:host|store|keep|process|hold) (?:\S+ ){0,2}?(?:data|records|files|backups|everything) (?:\S+ ){0,3}?(?:in|within|inside) 
(?:share|sell|train|disclose|resell|pass on) (?:\S+ ){0,6}?(?:data|details|records|models|information|customers|third part\w+|on it)
(?:delete|wipe|erase|destroy|purge) (?:\S+ ){0,4}?(?:data|records|copy|copies|files|everything|it)
(?:legal (?:responsib\w+|costs?|claims?|rights))
(?:sign|signed|signing|countersign|accept|accepted|accepting|agree to|agree with|agreed to|execute|amend|fine with|ok with|okay with|good with) (?:\S+ ){0,6}?(?:ndas?|dpas?|msas?|baas?|sccs?|contracts?|agreements?|clauses?|addend\w+|amendments?|redlines?|terms and conditions|paperwork|paper|order form|changes|edits|wording|mark-?up|whatever|lawyers|version|cap|section|yours?)
(?:ndas?|dpas?|msas?|baas?|redlines?|changes|mark-?up|edits|amendments) (?:\S+ ){0,6}?(?:accept\w*|agreed|fine|signed|approved|ok)
(?:add|insert|strike|remove|include|waive|waived|drop|delete|enforce|update|put) (?:\S+ ){0,5}?(?:clauses?|addendum|amendment|wording|section|schedule|additional insured|non-?compete|in the contract|into the contract)
(?:clauses?|non-?compete|exclusivity) (?:\S+ ){0,3}?(?:waived|dropped|removed|struck|out)
additional insured|insured
(?:warrant|undertake|assume|take responsibility|full responsibility|responsible for|stand behind)
(?:audit|inspect) (?:us|our)|open the books|audit rights?|in an audit
(?:notify|inform|tell) (?:\S+ ){0,4}?(?:breach|incident)
(?:without|with|our|written|give|prior) (?:\S+ ){0,2}?consent
(?:assign|transfer) (?:\S+ ){0,2}?(?:agreement|contract|rights|licen[cs]e)
(?:claims?|rights?|obligations?) (?:\S+ ){0,5}?(?:waive|release|either way|under|against|from)
(?:no|any|make any|waive) (?:\S+ )?claims?
(?:release|released) (?:\S+ ){0,2}?from
obligations under
(?:licen[cs]e|right) to (?:use|print|publish|resell|reproduce)
in writing
(?:additional|own) (?:all|the) (?:\S+ ){0,4}?(?:rights|property|code|work|results)
(?:you|your \w+|client) (?:\w+ )?(?:own|owns|keep|keeps) (?:\S+ ){0,3}?(?:copyright|rights|code|work|results|property|data|designs?)
(?:results|work|rights|photos|designs|code|deliverables) (?:\S+ ){0,4}?(?:belongs?|are yours|is yours)
(?:your lawyers|whatever your|sign whatever)
(?:uses?|used) (?:\S+ ){0,4}?(?:marketing|training)
"""

OF_LAW = pattern(  # said of a legal matter as it is promised, even where no word of promising stands by
    r"""
    (?:english|scottish|irish|german|french|dutch|swiss|swedish|york|state|local|your|our) law (?:and|applies|governs)
    (?:all|the|publishing|usage|exclusive|full|worldwide|ip) rights|copyright|perpetual|irrevocable|escrow
    (?:complies|conforms|compliant) (?:with|to)
    (?:data|records|footage|details|backups|everything|it) (?:\S+ ){0,4}?(?:leaves?|stays?|remains?|kept|hosted|stored|used|shared|deleted|wiped)
    (?:without|with|written|prior) (?:\S+ ){0,2}?consent
    (?:accepted|agreed|fine|signed|approved|waived|dropped|removed|struck|covered|yours|belongs?)
    (?:no|not|never|none|binding|responsib\w+)
    (?:sign|accept|assume|agree|grant)
    """
)
OF_A_KIND: Mapping[Kind, re.Pattern[str]] = MappingProxyType(
    {
        Kind.PRICE: pattern(_OF_PRICE),
        Kind.DISCOUNT: pattern(_OF_DISCOUNT),
        Kind.DATE: pattern(_OF_DATE),
        Kind.TERMS: pattern(_OF_TERMS),
        Kind.LEGAL: pattern(_OF_LEGAL),
    }
)

# What a clause says besides that takes a kind away: an amount that is taken off is no price, a meeting is no delivery.
NOT_OF_A_KIND: Mapping[Kind, re.Pattern[str]] = MappingProxyType(
    {
        Kind.PRICE: pattern(
            r"""
            (?:discounts?|reductions?|rebates?|credits?|credit note|refunds?|penalt\w+|sav\w+|budget\w*|liab\w+|knock|shave|down by|deduction|waive) (?:\S+ ){0,3}?(?:<money>|<amount>)
            cap\w* (?:\S+ ){0,2}?(?:liab|indemn)[^.;]*
            (?:<money>|<amount>) (?:\w+ ){0,2}?(?:off|discount|credit|rebate|less|refund|saved|back|under|lower)
            (?:over|above|from|rather than|instead of|not) (?:<money>|<amount>)
            """
        ),
        Kind.TERMS: pattern(
            r"""
            <money>
            included at no (?:\S+ )?(?:cost|charge)
            """
        ),
        Kind.DATE: pattern(
            r"""
            (?:pay|paid|payable|payment|due|we invoice|bill|net|notice|warranty|guarantee[sd]? (?:of|for|on)|refund|respon\w+|answer|technician|replace|notify|return|cancel|terminate|trial|opt-?out|delete|expires?|back) (?:\S+ ){0,8}?(?:<when>|<span>)
            <span>'? (?:notice|trial|warranty|term|contract|free|return|response|guarantee|pilot|money|right)
            (?:hold|held|lock\w*|open|valid|frozen|fixed|freeze|keep|stays?|stay on|price|prices|rate|rates|offer|discount|free|off) (?:\S+ ){0,4}?(?:until|till|through|for|before) (?:\S+ ){0,2}?(?:<when>|<date>|<month>|<point>|year|month|quarter)
            """
        ),
    }
)
TALK = pattern(
    r"""
    (?:(?:a|our|the|your|next|to|will|can|you) calls?|calling|meetings?|(?:to|can|could|we|will|us) meet(?! (?:your|the|every|all|en|iso|this|that))|chat|demo|catch[- ]?up|coffee|lunch|invite|invitation|talk|speak|agenda|available|webinar|visit|see you|seeing you)
    (?:follow(?:ing)? up|check in|touch base|reach out|get in touch|hear from|in touch|ring you|phone (?:you|me|call)|join|joins|expo|(?:the|a) (?:trade )?fair|conference|trade show|out of (?:the )?office|diary|(?:my|your|the) calendar|slot|move our|moving our)
    (?:i|we|our \w+|my \w+) (?:shall |will )be (?:in|at|on|away)
    have an? (?:good|great|nice|lovely|wonderful|super|pleasant|relaxing)
    happy (?:<weekday>|holidays|new year|easter|christmas)
    (?:read|look|think|enjoy|good luck) (?:\S+ ){0,5}?(?:<when>|week|weekend|day|summer)
    (?:at|around) (?:\d|noon)\S* (?:am|pm|your time)
    """
)
LIKELIEST: Mapping[Kind, re.Pattern[str]] = MappingProxyType(  # what a firm promise that no table knows is about
    {
        Kind.LEGAL: pattern(
            r"""
            (?:logo|data|records|clause|rights?|lease|sign|sue|ip|law|consent|third part\w+|object|property|secret|insurance)
            (?:name|standard|norm|directive|lawyers?)
            """
        ),
        Kind.DISCOUNT: pattern(
            r"""
            (?:charg\w+|bill|costs?|fees?|expenses|shipping|freight|duty|deposit|free|extra|bonus|gift|budget|invoice|tax)
            (?:postage|upgrade)
            """
        ),
    }
)
