"""How we speak when we promise, and when we do not: the words around a promise, whatever it is about (insights.commitments).

Every line of a table is one way to say it, as a regular expression; the names in angle brackets stand for other tables. They
are searched for in the plain words of a clause (insights.clauses): small letters, contractions written out, one space between
words and at both ends. A line begins where a word begins and ends where one ends.
"""
# ruff: noqa: E501 - a way to say it stands on one line

import re

from insights.by_letter import by_letter

TABLES: dict[str, str] = {
    "few": r"(?:\S+ ){0,3}?",  # a few words between two that matter
    "some": r"(?:\S+ ){0,7}?",
}


def any_of(table: str) -> str:
    """One expression for any line of a table."""
    lines = [line.strip() for line in table.strip().splitlines()]
    told = re.sub(r"<(\w+)>", lambda found: TABLES[found[1]], "|".join(lines))
    return f"(?:{told})"


def table(name: str, table: str) -> None:
    TABLES[name] = any_of(table)


def pattern(table: str) -> re.Pattern[str]:
    return re.compile(rf" (?:{by_letter(any_of(table)[3:-1])})(?!\w)")


# --- who speaks, and how firmly ------------------------------------------------------------------------------------------

table(
    "we",
    r"""
    we(?: all| both)?
    i
    our (?:[\w-]+ ){0,3}?(?:team|company|side|people|engineers?|developers|legal|lawyers|finance|manager|management|installers|technicians?|driver)
    """,
)
table(
    "surely",
    r"""(?:(?:also|gladly|happily|certainly|definitely|personally|hereby|now|even|then|both|just|always|therefore|all|still|of course) ){0,2}""",
)
table(
    "glad",
    r"""(?:happy|pleased|glad|able|ready|prepared|willing|delighted|authori[sz]ed|fine|ok|okay|good|comfortable|committed)""",
)
table(
    "give",
    r"""
    (?:give|offer|grant|take|charge|let|make|hold|keep|match|beat|honou?r|lower|drop|cut|knock|shave|throw|waive|refund|credit|pay)
    (?:sign|accept|agree|indemnify|deliver|ship|send|supply|sell|do|go|run|include|add|extend|provide|bill|invoice|be|have|put|cap|lock|freeze)
    """,
)
table(
    "will",  # what makes a clause ours, and firm
    r"""
    <we> <surely>(?:will|shall|can|commit|promise|guarantee|agree|accept|confirm|offer|give|waive|undertake|pledge|assure|assume|consent)
    <we> <surely>(?:include|hold|honou?r|match|cap|lock|comply|meet|warrant|grant|allow|take on|stand|keep|extend|bear|take (?:full |all |the |any )?(?:responsib\w+|risk|over|back)|carry|release|quote|only|drop|refund|indemnify|conform)
    <we> <surely>do not (?:charge|bill|share|sell|use|keep|ask)
    <we> would (?:be )?(?:<surely><glad> (?:to|with|for)|<give>)
    (?:would|should) (?:like|be <glad>|love) to (?:offer|quote|give|grant|let|take|make)
    <we> (?:is|are|am) (?:going|here) to
    <we> (?:is|are|am) <surely><glad> (?:to|with|for|by|on)
    <we> (?:is|are|am) <surely>(?!(?:ask|check|hop|try|work|wait|writ|reach|follow|review|prepar|wonder|look|attach|send|aim|happy|expect|think|consider|read|curious|tr?ying|get)\w*ing )\w+ing
    <we> (?:is|are|am) (?:liable|responsible|bound)
    <we> (?:have|has) <surely>(?:approved|agreed|locked|secured|arranged|got|reserved|signed|accepted|applied|waived|extended|fixed|added|decided|moved|dropped|frozen|put)
    <we> (?:agreed|decided) (?:to|on)
    <we> got you
    you (?:will|can|may|get|pay|receive|own|keep|have|need only|only|are getting|would (?:get|have|pay|be)|will not|do not (?:pay|owe|need)|stay|save|owe|go on)
    you (?:are|will be) (?:free|welcome|entitled|good|set|covered|approved|locked)
    your (?!question|request|mail|point|counsel|legal)(?:[\w'-]+ ){0,3}?(?:will|is|are|stays?|remains?|goes|go|comes?|gets?|pays?|receives?|starts?|has|have|never|do not|does not|leaves?|ships?|arrives?)
    (?:finance|management|leadership|my (?:manager|boss|director)|the board|legal) (?:has |have )?(?:signed off|approved|agreed|came)
    (?:is|are|be|been|it) (?:now )?(?:guaranteed|confirmed|locked|approved|assured|agreed|waived|included|yours|done|accepted|granted|frozen|firm|fixed)
    (?:works?|fine|acceptable|okay?|good) (?:for|by|with|to) us
    let me (?:give|offer|take|knock|lock|hold|waive|throw)
    let us (?:say|settle|call it|make it|agree)
    (?:my word|our word|rest assured|count on|consider it|promised|guaranteed|agreed|no problem|np)
    (?:happy|glad|pleased|delighted|willing) to <give>
    (?:yes|sure|absolutely|all right|alright|very well|fine|deal|agreed|of course|good news|done|ok)
    expect (?:it|the|your|this|a)
    (?:our|the) (?:best(?: and final)?|final)? ?(?:offer|quotation|quote|proposal|deal|commitment)
    """,
)
WILL = pattern("<will>")
FIRMLY = pattern(  # said so firmly that something is promised, whatever it may be
    r"""
    <we> <surely>(?:will|shall|can|are going to|am going to)(?! not (?:be able|go into|bore|keep you|take (?:up )?(?:more|much)))
    <we> <surely>(?:promise|guarantee|commit|agree|accept|undertake|pledge|assume|consent|give up|reserve|provide|cover|waive|grant|absorb|let|make)
    <we> (?:is|are|am) <surely>(?:holding|keeping|waiving|refunding|crediting|matching|freezing|sending you|reimbursing|delivering|shipping|installing|starting|signing|accepting|granting|offering|cutting|giving|making|adding|letting|covering|taking|dropping|throwing|lowering|moving|extending|paying|giving up|upgrading|putting|reserving)
    <we> (?:have|has) (?:agreed|approved|decided|set aside|put aside|kept|held|knocked|lowered|reduced|added|taken|extended|upgraded|reserved|secured|dropped|arranged|accepted)
    <we> would (?:be )?(?:<surely><glad> (?:to|with|for)|<give>)
    <we> (?:is|are|am) <surely><glad> (?:to|with|for)
    (?:happy|glad|pleased|delighted|willing) to
    you (?:will (?:get|have|receive|own|pay|be|not)|get|own|keep|receive|would be (?:entitled|the|able|free)|are not|need not|do not (?:need|have|owe|pay))
    you (?:can|may) (?:cancel|leave|keep|return|downgrade|upgrade|swap|pause|change|go|pay|use|terminate|have|count|rely|hold|resell)
    (?:is|are) (?:yours|guaranteed|waived|on us|included|covered|agreed)
    you are <surely>(?:entitled|free to|welcome to (?!call|reach|join|contact|ask)|covered|getting)
    your (?:[\w-]+ )?(?:team|staff|company|people|practice|branches|users|customers|firm|school|colleagues) (?:always )?(?:keeps?|gets?|receives?|retains?|owns?)
    <we> <surely>(?:match|hold|keep(?! (?:hearing|in mind|getting|asking|seeing|thinking|an eye))|honou?r|reimburse|refund|take|throw|lower|drop|carry|bear|write off|extend|freeze|stick|ship|install|pay|sign|fix|repair|replace|deliver|stand behind|take (?:full |all |the )?(?:responsib\w+|risk|over|back)|do not (?:bill|charge))
    (?:ok|okay|fine|good) (?:on|with) (?:the|your) (?:price|date|terms|wording|changes)
    consider (?:\S+ ){1,5}?(?:done|settled|waived|agreed|booked|sorted|approved)
    (?:standard|included|free|reserved|available) for (?:you|your)
    (?:our|my|a firm|this is a|this as our) (?:undertaking|promise|commitment|pledge|guarantee)(?! (?:terms|conditions|is in|period))|(?:a|that is a) firm (?:one|date|price|offer)
    (?:will|does|do|shall) (?:not|never) (?:touch|affect|cost|apply to|hit|concern|change)
    (?:nobody|no one) else
    <we> (?:have|has) (?:told|instructed|asked) (?:\S+ ){1,3}?to (?:write|credit|refund|waive|remove|drop|cancel|lower|take|release|ship|send you|extend|hold)
    let me (?:put|give|offer|take|knock|lock|hold|waive|throw|add|include)
    you (?:always )?(?:retain|keep)
    (?:have|give you|on|take) (?:my|our) word|rest assured|(?<!not )count on (?:us|me|it)
    """
)
table("we_do", r"""<we> <surely>(?:will|shall|can|am going to|are going to|have|would) (?:be )?<surely>""")
HARMLESS = pattern(  # what a mail says we do without owing it
    r"""
    <we_do>(?:ask|call|ring|phone|e-?mail|mail|write|send|share|forward|pass|check|look|see|read|review|follow|get back|get in touch|reach|touch|keep you|keep this|keep it)
    <we_do>(?:let you know|tell|explain|show|walk|talk|speak|discuss|meet|join|introduce|connect|put (?:you|them|him|her) in|loop|cc|copy|attach|bring|prepare|pull|come|visit|think|try|help)
    <we_do>(?:understand|hear|say|leave|wait|remember|note|mention|make a note|made a note|update|circulate|invite|schedule|book|answer|respond|reply|go through|go over|dig|figure|find|learn|imagine)
    <we_do>(?:appreciate|start with|begin with|describe|point|give you (?:a call|a ring|a shout|an overview|more|time|details|some)|recommend|suggest|propose|stop|assume|know|guess|only|suggest|love|like|enjoy|certainly|never forget)
    <we_do>(?:in|at|on|there|back|around|happy|glad|out|away|delighted|pleased|here|with|using|presenting|speaking|collect|gather|report|present|include you|add you|take a look|take it|take notes?|put|work|confirm|revert|also|set)
    <we> (?:is|are|am) <surely><glad> (?:to|with|for) (?:\w+ly )?(?:answer|help|hear|see|talk|speak|meet|show|walk|explain|discuss|send|share|call|set|jump|chat|introduce|connect|go|tell|report|welcome|have you|work|be|that|your|this|do (?:a|the) (?:call|demo)|provide (?:more|further|any|additional))
    (?:happy|glad|pleased|delighted|willing) to (?:\w+ly )?(?:answer|help|hear|see|talk|speak|meet|show|walk|explain|discuss|send|share|call|set|jump|chat|introduce|connect|go|tell|report|welcome|have you|work|be|do (?:a|the) (?:call|demo)|provide)
    you (?:will (?:be|have) (?:busy|seen|noticed|heard|in|aware|read|received|able|fine|surprised|glad|interested|hearing|had)|are not (?:alone|the only|sure|in|interested))
    you (?:can|may) (?:have a|change your mind|use (?:the|this) link|go to)
    """
)
# --- what makes it no promise --------------------------------------------------------------------------------------------

LEFT_OPEN = pattern(  # hoped, looked into, left to somebody's approval
    r"""
    could(?! (?:do|go|let) )
    (?:might|hope|hopes|hoping|hopefully|aim|aims|aiming|try to|trying|ideally|estimate[sd]?|illustrative|in theory|theoretically)
    (?:possibly|perhaps|maybe|potentially|probably|targeting|tentative(?:ly)?|likely|usually|typically|generally|often|surely|conceivable)
    (?:we|i|to|would|they) (?:\w+ )?expect
    <we> (?:\w+ )?(?:plan|intend|wish|dream|want|believe|think|guess)(?:s|ning|ing)?
    would (?:be )?(?:love|like|rather|need|prefer|appreciate|expect|great|enjoy|tell|help|want|say|suit|nice|lower|cheaper|surprised|wrong|depend|hate|understand|wish)(?! to (?:offer|quote|give|grant|let|take|make))
    (?:our|the) (?:goal|target|wish|dream|ambition|aim|hope)
    (?:one|some) day
    at some (?:point|time)|some time|in the long run
    should (?:be|have|arrive|work|take|get|start|ship|land|go|see|come)
    (?:(?<!you are )looking? (?:into|at|forward)|explor\w+|considering|to consider|will consider|reconsider|discuss|talk about|negotiate|negotiable)
    (?:reviewing|wonder\w*|curious|let me know|subject to|pending|(?<!can )depend\w*|to be (?:confirmed|agreed|decided)|tbc|tbd|not sure)
    (?:under|for) (?:review|approval|consideration)
    (?:not final|non-binding|indicative|ballpark|provisional\w*)
    needs? (?:\S+ ){0,2}?(?:approval|approved|sign-?off|check|confirm\w*|ask|talk|speak)
    (?:ask|asked|find out|clarify|asking|checking|verify|hear|raise|decides?|check|see|know|explain|understand) (?:\S+ ){0,6}?(?:if|whether|what|how|about|who|why)
    (?:check|confirm|ask|speak|talk|clear|run|put|take|bring) (?:\S+ ){0,4}?(?:with|to|by|past|before) (?:my|our|the|finance|legal|management) ?(?:boss|manager|director|team|lawyers?|finance|legal|colleagues?|counsel|depot|planning)
    (?:let me|will|to|must|need to) (?:just )?(?:check|ask|find out|see what|speak|talk|run (?:it|this|that|the \S+(?: point)?) (?:by|past))
    (?:see|find) what <we> can
    (?:is|are) (?:handled|decided|made|set|agreed) (?:by|with|between)
    there is a chance
    put in a request
    (?:get|send|come|gets) back (?:to|with)
    revert
    (?:show|teach|explain) (?:you|them) (?:how|what|why|about)
    (?:walk|talk) you through|walk through
    may (?=be|have|not|we|it|then)
    (?:we|i|it|they|there|which|he|she) may
    may (?:i|we)
    reduction would
    (?:sign-off|approval) from
    years away
    """
)
PAST = pattern(
    r"""
    (?<!than )(?<!as )(?<!did )last (?:week|month|year|quarter|spring|summer|autumn|fall|winter|monday|tuesday|wednesday|thursday|friday|season)
    (?:yesterday|ago|previously|formerly|in the past|used to|back (?:in|then)|earlier this \w+|at the time|has expired|expired|helped|historically)
    (?<!than you )(?<!than we )(?:was|were|did|had)(?! able to )(?! (?:it|my|our|them) (?:\w+ )?(?:approved|signed|confirmed|agreed))
    (?:we|i|they|he|she|it|you|who|that|our \w+|the \w+|your [\w-]+(?: \w+)?) (?:\w+ly )?(?:gave|got stuck|offered|shipped|sent|delivered|charged|waived|went|took(?! (?:\S+ ){0,4}?off)|paid|launched|ran|spoke|met|grew|started|signed(?! off)|came(?! through)|arrived|opened|received|thanked|released)
    """
)
DENIED = pattern(
    r"""
    (?:can|could|may|would|must|should) not
    not (?:able|in a position|authori[sz]ed|allowed|going|something|yet|promise|commit|guarantee|offer|possible|part of|an?|take this|on the cards|the|ours|bound)
    (?:do|does|did|is|are|has|have|am|was|were) not
    (?:unable|neither|nor|nobody|none of (?!your)|nothing (?:is|has|in|can|about|of the|like|we)|impossible|never|refuse|no one|no longer|out of the question|off the table|no way)
    (?:will|shall) (?:not|never) (?:be (?:able|possible|making)|make|give|offer|accept|grant|lower|reduce|deliver|ship|extend|work|happen|sign|budge|hold|do|cover|have|refund|agree|commit|include|arrive)
    without (?:a |any )?(?:commit\w*|promis\w*)
    no (?!later|matter|problem|doubt|worries|later|questions|charge|interest|penalty|lock-?in|minimum|fees?|costs?|uplift|limit|obligation|claims?|rush|need|risk)(?:\S+ )?\S+ (?:is|are|from|yet|has|have|possible|on|at|here|for|any|tier)
    no (?:promises?|commitments?|guarantees?|discounts?|decisions?|special|rebates?|exceptions?|flexibility|delivery|idea|offer)
    (?:unfortunately|afraid|regret|turned down|declined?|rejected)
    """
)
table("not", r"""(?:(?:will|shall|do|does|are|is) not|(?:will |shall )?never|not going to|need not|no longer)""")
KEPT = pattern(  # "we will not raise the price" denies and promises
    r"""
    <not> (?:ever |be |have to |need to |even |actually ){0,3}(?:rais|increas|chang|charg|ris|exceed|pay|owe|invoic|enforc|lock|renew|auto-?renew|shar|sell|us|train|leav|bill|cost|mov|go up|expir|laps|claim|mak\w* any claim|resell|object|disclos|pass|hand|show|transfer|touch|sue|commit|tied|sign anything|store|stor|los|hold you|hold it|count|penali|run out|be invoiced)(?:e|es|s|ed|ing)?
    (?:not|never) (?:pay|be (?:billed|charged|liable|locked|tied|raised|changed|invoiced))
    no (?:\S+ ){0,2}?(?:deposit|strings|fine print|contract|prepayment|lock-?in|minimum|penalt\w+|obligation|fees?|charges?|costs?|interest|uplift|notice|limit|claims?|permission|supplement|extras?|mark-?up|non-compete|increase|surcharge|questions|commitment|risk)
    not (?:locked|tied|be liable|automatically)
    no later than
    none of your
    never (?:leaves?|run|stops?|worry|see another|see any|have to|again)
    nobody (?:loses|else)|no one else
    not a(?:n issue| problem| worry)|do not worry|can not go wrong|why not
    pays? nothing|nothing (?:is|to) (?:owed|owe|pay|else)|need pay nothing|not a (?:cent|penny)|not \S+ a (?:cent|penny)
    nothing (?:\S+ ){0,4}?(?:changes?|more)
    """
)
REPORTED = pattern(  # whose words these are, or what we thank them for
    r"""
    (?<!as )(?:you|he|she|they|your [\w-]+|their [\w-]+|colleague) (?:have |had |just |also |kindly |once ){0,2}(?:said|mentioned|wrote|told|proposed|noted|suggested|requested|quoted|stated|indicated|described|explained|write|writes|said|say|says|mention)(?! (?:for )?(?:is|are|will|has been|have been|can be) )
    (?:he|she|they|your [\w-]+) (?:have |had )?(?:asked|want(?:s|ed)?|need(?:s|ed)?|offers?|expects?|raised|saw|would like)
    (?<!as )(?<!if )(?<!when )(?<!whenever )(?<!whatever )you (?:have |had |just |also )?(?:asked|want(?:ed)?|expect(?:ed)?|need(?:ed)?|offered|raised|would like|hoped|were hoping|are asking)(?! (?:for )?(?:is|are|will|has been|have been|can be) )
    (?:i|we) (?:have )?(?:got|received) (?:your|the)
    (?:thanks|thank you|congrat\w*) (?:\S+ ){0,4}?(?:for|on|that)
    (?:great|good|glad|happy|nice|lovely|pleased) (?:to (?:hear|see|read|know)|that (?:you|your))
    (?:i|we) (?:\w+ )?(?:heard|hear|understand|see|saw|read|note|noticed|gather|have seen|have heard|know|remember|recall)
    (?:according to|as per|if i read|if i remember|regarding your)
    (?:your|the) (?:mail|e-?mail|letter|note|rfp|tender|request|draft|message|press release|documents?|brief) (?:\S+ ){0,3}?(?:says?|reads?|mentions?|states?|asks?|requires?)
    your (?:\w+ )?(?:trial|licen[cs]e|renewal|contract|subscription|agreement|term|maintenance) (?:\w+ ){0,2}?(?:ends|expires?|runs out|coming up|due|comes up|lapses|(?:has|have) \d+)
    (?:wrong|too early|silly) (?:\S+ ){0,3}?to promise
    (?:competitors?|other vendors?|another vendor|the other (?:vendor|supplier)|rumou?r|apparently)
    """
)
table(
    "theirs",
    r"""
    (?:cfo|ceo|cto|cio|coo|boss|manager|director|board|bank|legal|lawyers?|counsel|colleagues?|procurement|purchasing|it|landlord|consultant|auditors?)
    (?:finance|security|supplier|vendor|provider|carrier|insurer|current \w+|old \w+|existing (?:vendor|supplier|contract)|fiscal|financial|budget|deadline|tender|board)
    (?:own \w+|customers|clients|competitor|parent company|group|policy|procurement|target|go-live date|launch|agency|broker|architect|partner|council|regulator)
    """,
)
THEIRS = pattern(  # what they do, or are asked to do
    r"""
    your <theirs>(?: [\w-]+){0,2}? (?!gets? |receives? |pays? |saves? |always |costs |years |prices |terms |seats |users )(?:will (?!get|receive|pay|save|have|keep)|would|is|are|has|wants?|needs?|must|may|might|\w+s(?= ))
    the (?:landlord|carrier|council|bank|insurer|supplier|manufacturer|regulator|competitor|port authority|ministry|architect|city|government|agency|law|statutory|market)
    (?!we |i |you |this |it |that |price |which |and |as |also |he |she |who |our |here |there )[\w-]+ (?:offers|charges|promises|quotes|gives|guarantees|(?:is|are) (?:giving|offering|cutting|promising))(?! you )
    (?:please|kindly|could you|can you|would you|reminder|remember to|make sure)
    (?:need|send|get|give|share|tell) (?:me|us)(?! (?:a|one|two|three|until|till|\d))
    let (?:me|us) (?:have|know)
    (?:you|they) will (?:be (?:giving|sending|paying|signing)|sign|send|give us|launch|ship|return|confirm|provide us|decide|publish)
    they (?:\w+ )?(?:give|pay|sign|decide|publish|settle|accept|want|send)
    (?:he|she) (?:pays|gives|signs|will|decides)
    if you (?:like|want)
    (?:register|registration|submission|enrol\w*|trial expires|falls due|questions are accepted)
    you are (?:currently |now )?paying
    you are (?:launching|hiring|opening|planning|going|moving)
    """
)
POINTED = pattern(  # where it is written
    r"""
    (?:attached|enclosed|enclose|attach|see|find|refer to|pasted|forward)
    (?:on|at|in|from|to) (?:the|our|your) (?:\w+ )?(?:web ?site|site|page|portal|folder|shop|app|catalogue|catalog|brochure|handbook|manual|store|deck|documents?|sheet|trust page|file)
    (?:pricing page|price list|list prices?|list is list|catalogue|catalog|listed|published|posted|advertised|rrp|tariff|public|brochure)
    https?\S*|www\S*|\S+\.com\S*|\S+\.example\S*
    (?:section|clause|chapter|page|column|annex|number|item|attachment|paragraph) \d+
    """
)
PRODUCT = pattern(  # what a product does
    r"""
    (?:module|feature|software|app|tool|dashboard|editor|product) (?:in our software )?(?:lets?|keeps?|supports?|sends?|tracks?|runs?|syncs?|allows?|shows?|helps?|comes with|can)
    (?:webinar|article|guidance|survey|newsletter|blog|award|case study)
    (?:customers|clients|teams|companies|people|most) (?:of|in|like|typically|usually|save|have|see)
    (?:turnover|revenue|staff|employees|founded|offices?|headquarters|certified)
    """
)
