"""How the name of an action is read: one spelling to store, and bare letters to recognise a disguise by."""

import unicodedata

_DROPPED = frozenset({"Cf", "Mn", "Mc", "Me"})  # format characters and combining marks
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo"})
_MINUS_SIGN = "\u2212"  # a dash to the eye, a mathematical sign to Unicode

# Letters that read as a Latin one: Cyrillic, Greek, Armenian, Cherokee, Lisu, small capitals, stroked ones.
# Written as code points, so that nobody has to tell them apart by eye. Full-width, mathematical, circled and
# accented letters are missing because compatibility decomposition unfolds them.
_READ_AS = {
    "a": "\u0430\u0410\u03b1\u0391\u0251\u1d00\u13aa\ua4ee",
    "b": "\u0432\u0412\u042c\u044c\u0392\u03b2\u0299\u13f4\ua4d0",
    "c": "\u0441\u0421\u03f2\u03f9\u1d04\u13df\ua4da",
    "d": "\u0501\u0500\u0111\u1d05\u13a0\ua4d3",
    "e": "\u0435\u0415\u03b5\u0395\u1d07\u13ac\ua4f0",
    "f": "\ua730\ua4dd",
    "g": "\u0581\u0261\u0262\u13c0\ua4d6",
    "h": "\u043d\u041d\u04bb\u04ba\u0397\u0570\u0127\u029c\u13bb\ua4e7",
    "i": "\u0456\u0406\u03b9\u0399\u0131\u0269\u026a\u13a5\ua4f2",
    "j": "\u0458\u0408\u03f3\u0575\u1d0a\u13ab\ua4d9",
    "k": "\u043a\u041a\u03ba\u039a\u1d0b\u13e6\ua4d7",
    "l": "\u04cf\u04c0\u0142\u029f\u056c\u13de\ua4e1\u01c0",
    "m": "\u043c\u041c\u03bc\u039c\u1d0d\u13b7\ua4df",
    "n": "\u043f\u041f\u03b7\u039d\u0274\u0578\ua4e0",
    "o": "\u043e\u041e\u03bf\u039f\u03c3\u0585\u00f8\u1d0f\ua4f3",
    "p": "\u0440\u0420\u03c1\u03a1\u1d18\u13e2\ua4d1",
    "q": "\u051b\u051a\u0566",
    "r": "\u0433\u0413\u0280\u13a1\ua4e3",
    "s": "\u0455\u0405\u03c2\u054f\ua731\u13da\ua4e2",
    "t": "\u0442\u0422\u03c4\u03a4\u0167\u1d1b\u13a2\ua4d4",
    "u": "\u03c5\u057d\u1d1c\ua4f4",
    "v": "\u0475\u0474\u03bd\u1d20\u13d9\ua4e6",
    "w": "\u051d\u051c\u03c9\u1d21\u13b3\ua4ea",
    "x": "\u0445\u0425\u03c7\u03a7\ua4eb",
    "y": "\u0443\u0423\u04af\u04ae\u03b3\u03a5\u028f\ua4ec",
    "z": "\u0396\u03b6\u1d22\u13c3\ua4dc",
    # the Hangul fillers: letters to Unicode, nothing to the eye
    "": "\u115f\u1160\u3164\uffa0",
}

# First letters of the alphabets that Unicode counts as symbols: negative circled, negative squared, flags.
_BOXED = (0x1F150, 0x1F170, 0x1F1E6)

_LATIN = str.maketrans(
    {look_alike: latin for latin, look_alikes in _READ_AS.items() for look_alike in look_alikes}
    | {chr(first + place): chr(ord("a") + place) for first in _BOXED for place in range(26)}
)


def plain_name(raw: str) -> str:
    """Return the spelling a name is stored in; the same for every name that differs only in form.

    NFKC, casefold, format characters and combining marks dropped, runs of white space, dashes and underscores
    to one underscore, underscores at the ends stripped (docs/guardrails.md); repeated until nothing
    changes, because what is dropped can bring letters together that compose.
    """
    name = _plain_once(raw)
    while (again := _plain_once(name)) != name:
        name = again
    return name


def bare_letters(raw: str) -> str:
    """Return the letters of a name alone, look-alikes of Latin ones as these: what a reader takes it for.

    Reads more names as equal than plain_name does, so it may only be used to tighten a verdict.
    """
    unfolded = unicodedata.normalize("NFKD", raw.translate(_LATIN)).translate(_LATIN)
    folded = unicodedata.normalize("NFKD", unfolded.casefold()).translate(_LATIN)
    return "".join(letter for letter in folded if unicodedata.category(letter) in _LETTERS)


def _plain_once(raw: str) -> str:
    folded = unicodedata.normalize("NFKC", raw).casefold()
    separated = "".join(map(_plain_character, folded))
    return "_".join(filter(None, separated.split("_")))


def _plain_character(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _DROPPED:
        return ""
    return "_" if kind == "Pd" or character == _MINUS_SIGN or character.isspace() else character
