"""Amounts, shares, spans and points in time, as tables of ways to write them (insights.promises speaks in them)."""
# ruff: noqa: E501 - a way to say it stands on one line

from insights.phrases import table

table(
    "count",
    r"""(?:\d[\d.,']*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|eighteen|twenty|thirty|forty-?five|forty|fifty|sixty|ninety|hundred|thousand|couple of|few)(?:[- ](?:five|hundred|thousand|one|two|three))?""",
)
table(
    "number",
    r"""(?:\d+|one|two|three|four|five|six|nine|ten|twelve|fourteen|eighteen|twenty-four|thirty|sixty|ninety)""",
)
table(
    "code",
    r"""(?:usd|eur|gbp|chf|aud|cad|nzd|sek|nok|dkk|pln|z\u0142|jpy|inr|cny|rmb|zar|hkd|sgd|aed|brl|mxn|czk|huf|try|ngn|kes|rs|r)""",
)
table(
    "coin",
    r"""(?:<code>|dollars?|bucks?|quid|euros?|pounds?|pence|cents?|francs?|kron(?:er|or)|rupees?|yen|rand|z\u0142oty|lakhs?|crores?|grand|\u20ac|\u00a3|\$|\u00a5)""",
)
table(
    "unit",
    r"""(?:seats?|users?|months?|years?|licen[cs]es?|heads?|units?|hours?|days?|persons?|pcs?|pieces?|covers?|message|truck|drum|site|visit|unit|copy|copies|kg|ton|tonne|square \w+|sq|order|transaction|week|mile|km|box|item|employee|device)""",
)
table("amount", r"""(?:\d{1,3}(?:[,'. ]\d{3})+(?:\.\d\d)?|\d+(?:\.\d+)?[km]|\d+[.,]\d\d)""")
table(
    "money",
    r"""
    (?:us|a|c|au|hk|nz)?[$\u20ac\u00a3\u00a5\u20a6\u20b9\u20bd\u20a9] ?\d\S*
    <code> ?\d\S*(?: \d{3}\b)*(?: lakhs?| crores?)?
    \d[\d.,']*(?: \d{3}\b)*[km]? ?<coin>
    <count>(?: \w+){0,2}? (?:dollars?|bucks?|quid|euros?|pounds?|francs?|kron(?:er|or)|rupees?|yen|rand|pence|cents|grand)
    \d[\d.,']*k?(?: ?/ ?| (?:per|an?|each) )<unit>
    \d[\d.,]*(?: ?(?:thousand|million|grand)|(?<=\d)k)(?! (?:people|users|customers|units|records|rows|orders|members|visitors))
    <count> (?:per|an?) (?:seat|user|head|unit|piece|month|licen[cs]e)
    """,
)
table(
    "share",
    r"""(?:\d+(?:[.,]\d+)? ?(?:%|percent|per cent|pct|points?)|(?:two|three|four|five|six|seven|eight|ten|twelve|fifteen|twenty|twenty-five|thirty|forty|fifty) ?(?:%|percent|per cent)|(?:half|a third|a quarter|a fifth))""",
)
table(
    "figure",
    r"""(?:[^\w\s]{0,2}\d\S*(?: (?:percent|per cent|<coin>))?|(?:half|a third|a quarter|a fifth)|(?:two|three|four|five|six|seven|eight|ten|twelve|fifteen|twenty|twenty-five|thirty|forty|fifty) (?:percent|per cent))""",
)
table("price", r"""(?:prices?|pricing|rates?|quotes?|quotation|fees?|costs?|charges?|tariff|premium)""")

table("weekday", r"""(?:mon|tues?|wed(?:nes|s)?|thu(?:rs?)?|fri|satur|sat|sun)(?:day)?(?:'?s)?""")
table(
    "month",
    r"""(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)""",
)
table("day", r"""\d{1,2}(?:st|nd|rd|th)?""")
table(
    "span",
    r"""<count>(?:-|\u2013| to )?(?:\d+)?(?: (?:more|business|working|full|short))?[- ](?:hours?|hrs?|days?|weeks?|wks?|months?|minutes?|fortnights?)""",
)
table(
    "point",
    r"""(?:(?:the )?(?:end|close|start|beginning|first (?:week|half)|middle|week|morning|evening|weekend) of (?:the )?(?:business|day|week|month|quarter|year|play|next \w+|this \w+|<weekday>|<month>|q[1-4]|\d\S*|<day>)|(?:early|mid|late)[- ](?:q[1-4]|<month>|\d{4}|spring|summer|autumn|fall|winter|week|next \w+)|q[1-4]|eod|eow|eom|cob|noon|midnight|lunchtime|lunch|tonight|today|tomorrow|christmas|easter|new year|the new year|then|spring|summer|autumn|winter|end of \w+)""",
)
table(
    "date",
    r"""(?:<day> (?:of )?<month>|<month> (?:the )?<day>|the \d{1,2}(?:st|nd|rd|th)|<weekday>|\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|(?:calendar )?week \d+|the first of (?:the|next) month)""",
)
table(
    "when",
    r"""
    (?:by|before|until|till|no later than|from|as of|come|starting|for|on|at|in|during|over|inside|this|next)(?: the)?(?: latest)?(?: this| next| coming)? (?:<point>|<date>|<month>|week|month|quarter|year|weekend|morning|afternoon|evening)(?! (?:and|by|to) month)
    (?:within|inside|in|in under|give us|(?:is|takes?|be|it is|after|at most))(?: just| only| about| the next| another)? <span>(?! (?:trial|notice|warranty|term))
    <span>[- ](?:door to door|from|after|of|later|time|latest|lead|turnaround|delivery)
    (?:today|tomorrow|tonight|overnight|same day|the same (?:day|evening|week)|straight (?:after|away)|right away|immediately|eod|cob|asap)
    <day> <month>
    <month> \d{1,2}(?:st|nd|rd|th)?
    (?:<weekday>|<date>)(?: at the)? latest
    <weekday>
    the \d{1,2}(?:st|nd|rd|th)
    \d{1,2}[./]\d{1,2}[./]\d{2,4}
    in \d+ ?(?:h|hrs|d)
    (?:next|this) (?:week|month|quarter|year|afternoon|evening|morning|spring|summer|autumn|release|<month>)
    (?:q[1-4]|mid-<month>|<month> release|calendar week \d+|before (?:your|the) (?:\w+ )?(?:launch|go-live|deadline|board|meeting|opening))
    (?:within|in|inside) (?:<span>|no time)
    """,
)
