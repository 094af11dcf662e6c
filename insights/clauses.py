"""Takes an outgoing text apart into the clauses in which we speak, each in plain words (insights.phrases searches them).

Left out is what is not our word: earlier and forwarded mails, what stands in quotation marks, a disclaimer, questions.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from insights.sentences import Sentence, sentences


class Clause(NamedTuple):
    """A clause in plain words, and the sentence that it is of."""

    words: str
    sentence: Sentence


LONGEST = 600  # characters of a clause together with what opens its list
SHORT = 3  # words before a colon that are read with what follows ("delivery date: 12 June")
_QUOTED = re.compile(
    r"(?m)^[ \t]*>.*$"
    r"|(?s:^(?:On|Am|Le|El|Op) [^\n]{5,120}(?:wrote|schrieb[^\n:]{0,60}|a \u00e9crit|escribi\u00f3|schreef[^\n:]{0,60}) ?:"
    r"[ \t]*\n.*\Z)"
    r"|(?s:^[-_]{2,} ?(?:Original|Forwarded|Begin|Urspr|Weitergel|_{8,}).*\Z)"
    r"|(?s:^Begin forwarded message.*\Z)"
    r"|(?s:^From: [^\n]{1,200}\n(?:Sent|Date|To|Subject|Cc): .*\Z)"
    r"|^(?:This|The information in this) (?:e-?mail|message)[^\n]{0,200}(?:confidential|privileged|intended)[^\n]*$"
    r"|\u201c[^\u201d]{0,2000}\u201d"
    r'|"[^"\n]{0,500}"|(?<!\w)\u2018[^\u2019\n]{8,500}\u2019(?!\w)|(?<!\w)\'[^\'\n]{8,500}\'(?!\w)'
)
_TAG = re.compile(
    r",? ?(?:ok|okay|deal|good|fair|alright|agreed|does that work|how does that sound|sounds? good)\?\s*$"
)
# Where one statement ends and the next begins; "and" parts them only where somebody of ours or the addressee speaks on.
_APART = re.compile(
    r";\s|\s[-\u2013\u2014]{1,2}\s|\.{3}|,? but |,? so (?!far)|, which |,? and (?=(?:we|i|our|it|you|your|they|that)\b)"
    r"|, because |, while "
)
_COMMA = re.compile(r", (?=(?:we|i|you|our|your|it|that|this|they|there)\b)")
_CONDITION = re.compile(
    r"(?:^|(?<=\s))(?:if|should (?:it|you|the|a|any|they)|in case|in the event|unless|provided)\b.*?(?:,|$"
    r"|(?= (?:we|i|you|it|that|there)"
    r"(?:'ll|'d|'s| (?:can|get|will|may|need|pay|save|only|keep|is|take|agree|offer|give|do|are)) ))"
)
# A condition that is not so, or that is not theirs to meet: whatever hangs on it is not promised.
_UNREAL = re.compile(
    r"\b(?:if|once|unless|until|provided|assuming|as soon as|^should)\b[^,]{0,60}"
    r"\b(?<!your )(?:were|had|ever|came|approv\w*|sign[s-]? ?off|possible|finance|management|leadership|allowed|legal"
    r"|authori[sz]\w*|boss|director|manager|supplier|somebody|lawyers?)\b"
    r"|\b(?:when|after)\b[^,]{0,40}\b(?:approves?|signs? off|has approved|allows?)\b"
    r"|^(?:[\w' ]{0,20}, )?(?:were we|should \w+ ever|supposing|in theory|depending)\b"
)
_ITEM = re.compile(  # what stands before an item: a single line break, or the mark that opens it
    r"(?:[^\n]|^)\n[ \t]*(?:(?:[-*\u2022]|\d{1,2}[.)])[ \t]*)?\Z|[-*\u2022][ \t]*\Z|\n[ \t]*\d{1,2}[.)][ \t]*\Z"
)
_CONTRACTED = {"won't": "will not", "can't": "can not", "shan't": "shall not", "ain't": "is not"}
_SLOPPY = {
    "dont": "do not",
    "cannot": "can not",
    "wont": "will not",
    "cant": "can not",
    "youll": "you will",
    "ill": "i will",
    "im": "i am",
    "ive": "i have",
    "u": "you",
    "ur": "your",
    "tmrw": "tomorrow",
    "tomorow": "tomorrow",
    "w/": "with",
    "w/o": "without",
    "thats": "that is",
    "lets": "let us",
    "gonna": "going to",
}
_TAILS = (("n't", " not"), ("'ll", " will"), ("'re", " are"), ("'ve", " have"), ("'d", " would"), ("'m", " am"))
_IS = re.compile(r"^(?:it|that|there|here|what|who|everything|this|he|she|one|let)'s$")
_IS_SO = re.compile(
    r"'s (?=(?:free|covered|ready|yours|included|done|fixed|off|on us|settled|agreed|waived|no|locked|not)\b)"
)
_WORDS = re.compile(r"[^\s,;:()\[\]\"\u201c\u201d*\u2022!?]+(?:[,:](?=\d)\d[^\s,;:()!?]*)*")


def clauses(text: str) -> Iterator[Clause]:
    """Yield the clauses in which we say something to the addressee, in their order."""
    opening = ""
    for sentence in sentences(without_their_words(text)):
        if opening and not _is_item(text, sentence):
            opening = ""
        said = sentence.text.lower()
        if said.endswith("?"):
            said = _TAG.sub("", said)
        if not said.rstrip("\"') ").endswith("?"):
            yield from (Clause(f" {opening}{plain(clause)}"[:LONGEST], sentence) for clause in _clauses(said))
        if said.endswith(":"):
            opening = plain(said)


def without_their_words(text: str) -> str:
    """The text with what is quoted blanked: earlier mails, and whatever stands in quotation marks. It keeps its length."""
    return _QUOTED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text).replace("\u2019", "'")


def _is_item(text: str, sentence: Sentence) -> bool:
    """Whether it is a line of a list: it opens like one, or the line above is not blank."""
    before = text[max(0, sentence.start - 12) : sentence.start]
    return sentence.text[:1] in "-*\u2022" or _ITEM.search(before) is not None


def _clauses(said: str) -> Iterator[str]:
    for statement in _APART.split(said):
        if not _UNREAL.search(statement):
            for part in _COMMA.split(_CONDITION.sub(" ", statement)):
                yield from _read_together(part)


def _read_together(part: str) -> tuple[str, ...]:
    """What stands before a colon and behind it; together where little stands before it."""
    head, colon, rest = part.partition(": ")
    return (head, rest) if colon and len(head.split()) > SHORT else (part,)


def plain(clause: str) -> str:
    """A clause in plain words: contractions written out, one space behind each word."""
    return "".join([f"{_written_out(word)} " for word in _WORDS.findall(_IS_SO.sub(" is ", clause))])


def _written_out(word: str) -> str:
    word = word.rstrip(".'")
    if "'" not in word:
        return _SLOPPY.get(word, word)
    if word in _CONTRACTED:
        return _CONTRACTED[word]
    if _IS.match(word):
        return f"{word[:-2]} is" if word != "let's" else "let us"
    for tail, long in _TAILS:
        if word.endswith(tail):
            return word[: -len(tail)] + long
    return word
