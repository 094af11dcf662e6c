"""What part of a text the customer wrote: without quoted mail, forwarded blocks, signatures, footers and mark-up.

The answer has the length of the text, with spaces in place of what does not count, so that a place in it is the same
place in the text. An automatic reply (out of office) leaves nothing.
"""

import re
from collections.abc import Callable, Iterable

from insights.letters import words
from insights.markup import without_markup

# Curly quotes and the spaces that mail programs write, one character for one.
_STRAIGHT = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "\u00b4": "'",
        "`": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u200b": " ",
        "\ufeff": " ",
        "\r": " ",
        "\t": " ",
        "\u2013": "-",
        "\u2014": ",",
        "\u2026": ".",
        "\u2011": "-",
    }
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

_AUTOMATIC = re.compile(
    r"(?i)^\W{0,5}(?:subject:)?\s{0,5}(?:re: )?(?:auto(?:matic|mated)?[- ]?(?:reply|response|antwort)|"
    r"out[- ]of[- ](?:the[- ])?office\b|ooo\b|abwesenheit|automatische antwort|r.ponse automatique|undeliverable|"
    r"delivery status notification)"
    r"|\b(?:i am|i'm|i will be|i'll be|we are|currently|am) (?:currently |presently )?(?:away|out of (?:the "
    r")?office|out of office|out (?:until|till|from|today|this week|all week)|on (?:annual |parental |maternity |"
    r"sick |paternity |personal |medical )?(?:leave|vacation|holiday|pto|holidays)|travell?ing|away from my desk|"
    r"away from the office|ooo)\b"
    r"[^\n]{0,200}(?:\n+[^\n]{0,200}){0,4}?\b(?:limited access|no access|without access|intermittent access|will "
    r"(?:respond|reply|get back|return|be back|answer)|upon my return|when i (?:return|get back|am back)|on my "
    r"return|in my absence|until my return|urgent (?:matters|issues|requests|enquiries|inquiries)|if (?:it is|it's|"
    r"this is|your (?:request|matter|message) is) urgent|for (?:urgent|immediate|anything urgent)|"
    r"back (?:in the office )?on|returning on|returning|will not be (?:checking|reading)|not be (?:checking|reading|"
    r"monitored)|please contact|limited email|has access to my|looks? after|covers? for me|stands? in for me|is "
    r"covering|filling in|will look after|can help)"
    r"|\b(?:thank you|thanks) for (?:your (?:e-?mail|message)|contacting us|reaching out)[^\n]{0,40}[.!] "
    r"?\n?\s?(?:i am|i'm|we are|our office is|the office is) (?:currently |now )?(?:out|away|closed|on )"
    r"|\bthis is an automat(?:ed|ic) (?:reply|response|message|e-?mail|notification)"
    r"|\b(?:do not|don't) reply to this (?:automated |automatic )?(?:e-?mail|message)\b|\bich bin (?:derzeit|"
    r"momentan|aktuell|zurzeit|bis) [^\n]{0,60}(?:nicht im (?:b.ro|haus)|abwesend)"
)
_STILL_TELLS = re.compile(
    r"(?i)\bno longer (?:with|at|work|employed)|\bhas left (?:the company|us|our)|\bi have left\b|\bi've left\b|"
    r"\bmy last day\b|\bleft the (?:company|organi[sz]ation|firm)\b"
)

# Where an earlier message begins; what follows is not new.
_WROTE = (
    r"(?:on|am|le|el|il|op|den)\b[^\n>]{4,160}?(?:\n[^\n>]{0,120}?){0,2}?(?:\bwrote|\bschrieb\b[^\n:]{0,120}|\ba "
    r".crit|\bescribi.|\bha scritto|\bschreef[^\n:]{0,80}|\bskrev)\s{0,2}:"
)
_HEADER = (
    r"[*_]{0,2}(?:from|von|de|da|van)[*_]{0,2}\s{0,2}:[^\n]{1,200}\n(?:[^\n]{0,300}\n){0,3}?[*_]{0,2}(?:sent|date|"
    r"gesendet|datum|to|an|envoy.|enviado|subject|betreff|inviato|verzonden)[*_]{0,2}\s{0,2}:"
)
_EARLIER = re.compile(
    rf"(?im)^[ \t]*(?:{_WROTE}|-{{2,}}\s?(?:original message|urspr.ngliche nachricht|forwarded message|"
    rf"weitergeleitete nachricht|message d'origine|mensaje original|original appointment|reply above this line|"
    rf"forwarded by[^\n]{{0,80}})\s?-{{0,}}"
    rf"|begin forwarded message:|forwarded message:|anfang der weitergeleiteten (?:nachricht|e-mail):|"
    rf"_{{10,}}\s{{0,3}}\n[*_]{{0,2}}(?:from|von|de)[*_]{{0,2}}\s?:|{_HEADER}|##- please type your reply above this "
    rf"line[^\n]{{0,20}}|----+\s{{0,2}}forwarded[^\n]{{0,40}})"
)
_WROTE_IN_LINE = re.compile(
    r"(?i)(?:(?<=[.!?\n]) |^)(?:on|am) (?:[a-z]{2,9}[.,]? |\d)[^\n]{4,120}?(?:\bwrote|\bschrieb [^\n:]{1,80}):|"
    r"-{3,}\s?(?:original message|forwarded message|urspr.ngliche nachricht)\s?-{3,}"
)
_HEADER_IN_LINE = re.compile(r"(?i)\bfrom: [^\n]{1,120}? (?:sent|date): [^\n]{1,120}? (?:to|subject): ")

_QUOTED = re.compile(r"[ \t]{0,8}(?:>|&gt;|\|[ \t])")
_SIGNATURE = re.compile(r"^\s{0,2}(?:-- ?|__ ?|--- ?|\u2014 ?|_{3,}|-{3,}|={3,}|\*{3,})$")
_SIGN_OFF = re.compile(
    r"(?i)^\s*(?:(?:with |my )?(?:very )?(?:kind(?:est)?|best|warm(?:est)?|many|friendly|sincere|fond|good) "
    r"(?:regards|wishes|thanks)|regards|rgds|best|all the best|cheers|sincerely(?: yours)?|yours (?:sincerely|"
    r"faithfully|truly)|(?:many |with |best |kind )?thanks(?: again| in advance| so much| and regards| & regards| "
    r"and best regards)?|thank you(?: in advance| again| very much| so much)?|respectfully|br|kr|mfg|vg|lg|mit "
    r"freundlichen gr..en"
    r"|freundliche gr..e|viele gr..e|beste gr..e|liebe gr..e|cordialement|saludos|cordiali saluti|take care|talk "
    r"soon|warmly|sent from my [^\n]{1,40}|best regards[^\n]{0,20}|have a (?:great|good|nice) (?:day|weekend|week|"
    r"one|evening|rest of (?:the|your) (?:day|week)))\s{0,3}[,.!]?\s*(?:/\s?)?$"
)
_NAME_LINE = re.compile(r"\s*(?:(?:Dr|Prof|Mr|Ms|Mrs)\.? )?[A-Z][\w'-]+(?: [A-Z][\w'.-]*){1,3}\s*")
_POSTSCRIPT = re.compile(r"(?i)^\s*p\.?\s?p?\.?s\b")
_LONGEST_SIGNATURE_LINE = 90
_MOST_SIGNATURE_LINES = 12

_FOOTER = re.compile(
    r"(?im)(?:^unsubscribe\b(?! (?:me|us)\b)[^\n]{0,60}(?:https?:|www\.|\w\.\w{2,}/|\bhere\b|\blink\b|below)|\bthis "
    r"(?:e-?mail|message|communication|transmission)\b[^\n]{0,120}\b(?:confidential|intended (?:only|solely)|"
    r"privileged|legally|may contain)"
    r"|\b(?:if|unless) you (?:are|have|were) (?:not the (?:intended|named)|received this (?:e-?mail|message|"
    r"communication) in error)"
    r"|\bconfidentiality (?:notice|note)|\bdisclaimer\b[^\n]{0,3}:|\bdiese e-?mail enth.lt vertrauliche|\bthe "
    r"information (?:contained )?in this (?:e-?mail|message|communication)|\bplease consider the environment|"
    r"\bthink before you print"
    r"|\b(?:to|if you(?:'d| would)? (?:want|wish|like|prefer|no longer wish|no longer want|do not wish|don't want|"
    r"do not want)[^\n.]{0,60}) ?(?:unsubscribe|opt[- ]out|stop receiving)[^\n.]{0,60}(?:click|visit|here|link|"
    r"reply|follow|go to|use|update|manage)"
    r"|\byou(?:'re| are)? (?:are )?receiv(?:e|ed|ing) this (?:e-?mail|message|newsletter|because)|"
    r"\bunsubscribe\s?(?:\||here\b|at any time|from this list|<|\[|\u00b7|-\s|/|\u2022|:?\s{0,2}https?:)|(?:\||"
    r"\u00b7|\u2022|\[|-\s|/)\s?unsubscribe\b|\bclick (?:here )?(?:to )?unsubscribe|\bclick here to (?:opt|stop|"
    r"manage|update)"
    r"|\b(?:manage|update) (?:your )?(?:e-?mail |subscription |communication )?preferences|\bview (?:this e-?mail "
    r")?in (?:your )?browser|\bcopyright \(?\u00a9|\u00a9\s?20\d\d|\ball rights reserved|\bregistered (?:office|in "
    r"england|address|court)|\bhandelsregister|\bgesch.ftsf.hrer|\bamtsgericht|\bust-?idn?r"
    r"|\bcaution: ?(?:this|external)|\bexternal (?:e-?mail|sender|message)\s?[:.\]]|\[external\]|\bthis (?:e-?mail|"
    r"message) (?:originated|was sent) from (?:outside|an external)|\bscanned (?:by|for) (?:virus|[a-z]{3,20} "
    r"(?:anti)?virus)|\bvirus[- ]free|\bsent (?:from|via|with) (?:my |the )?(?:iphone|ipad|mobile|android|samsung|"
    r"blackberry|outlook|mail for windows|gmail|phone|yahoo|galaxy|pixel)"
    r"|\bget outlook for (?:ios|android)|\bvon meinem iphone gesendet|\benvoy. de mon|\bprivileged (?:and|or|"
    r"information)[^\n]{0,40}confidential|\bif you (?:believe|think) you (?:have )?received this)"
)

_SENTENCE_ENDS = ("\n", ". ", "! ", "? ")

# Words without which the searches above find nothing: most texts hold none, and are spared the search.
_WORDS_OF_AUTOMATIC = words(
    "auto automatic automated automatische antwort abwesenheit abwesend ooo office away leave vacation holiday "
    "holidays pto travelling traveling undeliverable delivery out out-of-office reply response closed"
    " ponse büro haus"
)
_WORDS_OF_EARLIER = words(
    "wrote schrieb crit écrit escribió escribi scritto schreef skrev original ursprüngliche urspr forwarded "
    "weitergeleitete weitergeleiteten message nachricht from von de da van d'origine mensaje type reply"
)
_WORDS_OF_FOOTERS = words(
    "unsubscribe opt confidential confidentiality privileged intended disclaimer vertrauliche receiving received "
    "receive preferences browser copyright rights reserved registered handelsregister geschäftsführer amtsgericht "
    "ust external caution virus"
    " scanned iphone ipad mobile android samsung blackberry outlook gmail phone yahoo galaxy pixel mail print "
    "environment error contained believe originated stop manage update click gesch ftsf hrer"
)
_WORD = re.compile(r"[^\W\d_]+")

Line = tuple[int, int]


def customer_part(text: str) -> str:
    """Return `text` with everything the customer did not write now blanked out; it keeps its length."""
    plain = straightened(text)
    if "<" in plain or "&" in plain:
        plain = without_markup(plain)
    words = set(_WORD.findall(plain.lower()))
    if not words.isdisjoint(_WORDS_OF_AUTOMATIC) and is_automatic(plain):
        return " " * len(text)
    if not words.isdisjoint(_WORDS_OF_EARLIER) or ">" in plain or "|" in plain:
        plain = _without_earlier(plain)
    if "\n" in plain:
        plain = _without_signature(plain)
    return plain if words.isdisjoint(_WORDS_OF_FOOTERS) and "\u00a9" not in plain else _without_footers(plain)


def straightened(text: str) -> str:
    """Return the text with straight quotes and plain spaces, as long as it was."""
    return text.translate(_STRAIGHT) if _NOT_ASCII.search(text) or "\r" in text or "\t" in text or "`" in text else text


def is_automatic(text: str) -> bool:
    """An out-of-office or other automatic reply; one that says somebody has left for good still tells something."""
    return _AUTOMATIC.search(text[:2000]) is not None and _STILL_TELLS.search(text) is None


def _without_earlier(text: str) -> str:
    quoted = any(_QUOTED.match(text, start) for start, _ in _lines(text))
    found = _EARLIER.search(text)
    while found:
        answers_below = quoted and _is_quoted_below(text, found.end())
        end = found.end() if answers_below else len(text)
        text = _blank(text, found.start(), end)
        found = _EARLIER.search(text, found.end()) if answers_below else None
    text = _blanked(text, ((start, end) for start, end in _lines(text) if _QUOTED.match(text, start)))
    for in_line in (_WROTE_IN_LINE, _HEADER_IN_LINE):
        found = in_line.search(text)
        text = _blank(text, found.start(), len(text)) if found else text
    return text


def _is_quoted_below(text: str, at: int) -> bool:
    """The next line that is not blank is marked as quoted, so the answer may stand between or below."""
    below = next(((start, end) for start, end in _lines(text, at) if text[start:end].strip()), None)
    return below is not None and _QUOTED.match(text, below[0]) is not None


def _without_signature(text: str) -> str:
    lines = _lines(text)
    rules = (start for start, end in lines[1:] if _SIGNATURE.match(text[start:end]) and _ends_there(text, end))
    cut = next(rules, None)
    if cut is not None:
        text = _blank_up_to_postscript(text, cut)
    signed = next((at for at, (start, end) in enumerate(lines) if at and _SIGN_OFF.match(text[start:end])), None)
    if signed is not None and _is_signature([text[start:end] for start, end in lines[signed + 1 :]]):
        text = _blank_up_to_postscript(text, lines[signed][0])
    named = next((at for at in range(1, len(lines)) if _is_name_line(text, lines, at)), None)
    if named is not None and _is_signature([text[start:end] for start, end in lines[named + 1 :]]):
        text = _blank_up_to_postscript(text, lines[named][0])
    return text


def _is_name_line(text: str, lines: list[Line], at: int) -> bool:
    """A line that is somebody's name and nothing else, after a blank line and before more lines."""
    (before, ends), (start, end) = lines[at - 1], lines[at]
    return at + 1 < len(lines) and not text[before:ends].strip() and _NAME_LINE.fullmatch(text, start, end) is not None


def _ends_there(text: str, at: int) -> bool:
    """What follows a rule of dashes is a signature: short, and no more than a few lines."""
    return len([line for line in text[at:].split("\n") if line.strip()]) <= _MOST_SIGNATURE_LINES * 2


def _is_signature(lines: Iterable[str]) -> bool:
    written = [line.strip() for line in lines if line.strip() and not _FOOTER.search(line)]
    before = _until(written, lambda line: _POSTSCRIPT.match(line) is not None)
    return len(before) <= _MOST_SIGNATURE_LINES and all(len(line) <= _LONGEST_SIGNATURE_LINE for line in before)


def _until(lines: list[str], stops: Callable[[str], bool]) -> list[str]:
    at = next((place for place, line in enumerate(lines) if stops(line)), len(lines))
    return lines[:at]


def _blank_up_to_postscript(text: str, at: int) -> str:
    end = next((start for start, end in _lines(text, at) if _POSTSCRIPT.match(text[start:end])), len(text))
    return _blank(text, at, end)


def _without_footers(text: str) -> str:
    """Blank each footer from its sentence to the end of its paragraph."""
    found = _FOOTER.search(text)
    while found:
        start = max(text.rfind(mark, 0, found.start()) for mark in _SENTENCE_ENDS) + 1
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        text = _blank(text, start, end)
        found = _FOOTER.search(text, end)
    return text


def _lines(text: str, at: int = 0) -> list[Line]:
    """Where each line begins and ends, from the character `at`, without its line break."""
    places: list[Line] = []
    start = at
    while True:
        end = text.find("\n", start)
        if end < 0:
            return [*places, (start, len(text))]
        places.append((start, end))
        start = end + 1


def _blanked(text: str, places: Iterable[Line]) -> str:
    pieces, at = [], 0
    for start, end in places:
        pieces += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
