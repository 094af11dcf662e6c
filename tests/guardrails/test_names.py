"""Names are read as a person would read them: no disguise makes a hard stop anything else."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.checker import GuardrailChecker
from guardrails.names import bare_letters
from guardrails.policy import HARD_STOPS, TIERS, Tier, normalise_action_type

DISGUISES = {
    "title and dash": "Commit-Pricing",
    "two underscores": "commit__pricing",
    "one word": "commitpricing",
    "capitals and a space": "COMMIT PRICING",
    "camel case": "commitPricing",
    "spaces around": "  commit pricing\n",
    "tabs and lines": "commit\t\r\n\v\fpricing",
    "underscores around": "__commit_pricing__",
    "letters apart": "c-o-m-m-i-t p r i c i n g",
    "non-breaking space": "commit\u00a0pricing",
    "ideographic space": "commit\u3000pricing",
    "line separator": "commit\u2028pricing",
    "non-breaking hyphen": "commit\u2011pricing",
    "en dash": "commit\u2013pricing",
    "em dash": "commit\u2014pricing",
    "minus sign": "commit\u2212pricing",
    "full-width hyphen": "commit\uff0dpricing",
    "wave dash": "commit\u301cpricing",
    "full-width low line": "commit\uff3fpricing",
    "undertie": "commit\u203fpricing",
    "soft hyphen": "com\u00admit\u00ad_pri\u00adcing",
    "zero-width space": "com\u200bmit_pricing",
    "zero-width joiner": "com\u200dmit_pricing",
    "word joiner": "commit\u2060_pricing",
    "byte order mark": "\ufeffcommit_pricing",
    "right-to-left override": "\u202ecommit_pricing\u202c",
    "tag characters": "commit_pricing\U000e0061\U000e007f",
    "variation selector": "commit\ufe0f_pricing",
    "grapheme joiner": "com\u034fmit_pricing",
    "Hangul filler": "commit\u3164pricing",
    "half-width Hangul filler": "commit\uffa0pricing",
    "Mongolian vowel separator": "commit\u180epricing",
    "NUL": "commit\0pricing",
    "full-width letters": "\uff23\uff2f\uff2d\uff2d\uff29\uff34\uff3f\uff30\uff32\uff29\uff23\uff29\uff2e\uff27",
    "mathematical bold": "".join(chr(0x1D41A + ord(letter) - 97) for letter in "commit") + "_pricing",
    "circled letters": "".join(chr(0x24D0 + ord(letter) - 97) for letter in "commitpricing"),
    "negative squared letters": "".join(chr(0x1F170 + ord(letter) - 97) for letter in "commitpricing"),
    "flags": "".join(chr(0x1F1E6 + ord(letter) - 97) for letter in "commitpricing"),
    "small capitals": "\u1d04\u1d0f\u1d0d\u1d0d\u026a\u1d1b_pricing",
    "superscript": "commit_pric\u2071ng",
    "Roman numeral": "comm\u2170t_pr\u2170c\u2170ng",
    "combining marks": "c\u0301o\u0308mmit_pric\u0327ing",
    "accented letters": "c\u00f3mm\u00eft_pr\u00efcing",
    "a mark over every letter": "".join(letter + "\u0332" for letter in "commit_pricing"),
    "dotless i": "comm\u0131t_pr\u0131c\u0131ng",
    "dotted capital I": "COMM\u0130T PR\u0130C\u0130NG",
    "stroked letters": "c\u00f8mmi\u0167_pricing",
    "stroked capitals": "C\u00d8MMI\u0166 PRICING",
    "Cyrillic": "\u0441\u043e\u043c\u043c\u0456\u0442_\u0440\u0433\u0456\u0441\u0456\u043f\u0261",
    "Cyrillic capitals": "\u0421\u041e\u041c\u041c\u0406\u0422_PRICING",
    "Cyrillic with a mark": "comm\u0457t_pricing",
    "Greek": "c\u03bfmmi\u03c4_\u03c1ri\u03f2ing",
    "Greek capitals": "C\u039f\u039c\u039c\u0399\u03a4_\u03a1RICING",
    "micro sign": "co\u00b5\u00b5it_pricing",
    "Armenian": "c\u0585mmit_prici\u0578\u0581",
    "Cherokee": "\u13df\u041e\u13b7\u13b7\u13a5\u13a2_\u13e2\u13a1ICING",
    "Lisu": "\ua4da\ua4f3\ua4df\ua4df\ua4f2\ua4d4_PRICING",
    "full stop": "commit.pricing",
    "slash": "commit/pricing",
    "a version": "commit_pricing_2",
    "an emoji": "commit\U0001f4b0pricing",
    "everything at once": "\u200b\u0421\u00d3\u00adM\u0301M\u2011I--\u0442\u3000__PR\u0131\uff43\u200dING!",
}

SAME = {
    "Send-Follow-Up-Email": "send_follow_up_email",
    "send  follow up\u2014email": "send_follow_up_email",
    "\uff33end_Routine_Response": "send_routine_response",
    "discuss\u00ad_pricing": "discuss_pricing",
    "_log_interaction_": "log_interaction",
    "schedule\u2212meeting": "schedule_meeting",
}

OTHERS = [
    "commit_pricings",
    "precommit_pricing",
    "pricing_commit",
    "commit",
    "commit_pricing_review",
    "discuss_pricing",
    "commit_\u4ef7\u683c_pricing",
    "legal_commitments",
]

INVISIBLE = st.sampled_from(["\u200b", "\u00ad", "\u2060", "\ufeff", "\u200d", "\u0301", "\u0332", "\ufe0f"])
SEPARATOR = st.sampled_from(["_", "-", " ", "\u2011", "\u2014", "\u2212", "\u00a0", "\t", "\n", "__", " - "])
quick = settings(deadline=None, max_examples=200)


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_disguised_hard_stop_is_blocked_under_its_own_name(disguise):
    assert normalise_action_type(disguise) == "commit_pricing"
    assert GuardrailChecker().check(disguise, "prospecting").reason == "hard_stop"


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_the_letters_alone_give_every_disguise_away(disguise):
    assert bare_letters(disguise) == "commitpricing"


@pytest.mark.parametrize("name", sorted(HARD_STOPS))
def test_every_hard_stop_is_known_without_its_underscores(name):
    assert normalise_action_type(name.replace("_", "")) == name
    assert normalise_action_type(name.title().replace("_", "")) == name
    assert normalise_action_type(name.upper().replace("_", " \u2013 ")) == name


@pytest.mark.parametrize(("spelling", "name"), SAME.items())
def test_a_spelling_of_a_known_action_is_that_action(spelling, name):
    assert normalise_action_type(spelling) == name
    assert GuardrailChecker().check(spelling, None) == GuardrailChecker().check(name, None)


@pytest.mark.parametrize("name", OTHERS)
def test_a_name_that_only_resembles_a_hard_stop_is_not_one(name):
    assert GuardrailChecker().classify_action(name) is Tier.APPROVAL_REQUIRED
    assert normalise_action_type(name) == name


def test_only_hard_stops_are_recognised_by_their_letters_alone():
    assert GuardrailChecker().check("sendfollowupemail").reason == "unknown_action_type"
    assert GuardrailChecker().check("s\u0435nd_follow_up_email").reason == "unknown_action_type"


@pytest.mark.parametrize("name", TIERS)
def test_a_catalogued_name_is_its_own_spelling(name):
    assert normalise_action_type(name) == name


@pytest.mark.parametrize("nameless", [None, 5, b"commit_pricing", ["commit_pricing"], {"commit_pricing"}], ids=repr)
def test_a_name_that_is_no_text_is_refused(nameless):
    with pytest.raises(TypeError, match="action_type"):
        normalise_action_type(nameless)
    assert GuardrailChecker().classify_action(nameless) is Tier.APPROVAL_REQUIRED


@st.composite
def disguised(draw):
    """A hard stop's name with other case, separators between any letters, format characters and marks anywhere."""
    name = draw(st.sampled_from(sorted(HARD_STOPS)))
    letters = [draw(st.sampled_from([letter, letter.upper()])) for letter in name.replace("_", "")]
    between = st.one_of(st.just(""), SEPARATOR, INVISIBLE)
    return name, draw(between) + "".join(letter + draw(between) for letter in letters)


@quick
@given(disguised())
def test_no_case_separator_or_invisible_character_hides_a_hard_stop(pair):
    name, disguise = pair
    assert normalise_action_type(disguise) == name


def as_the_contract_says(raw):
    """Rule 1 of the contract word for word, once."""
    folded = unicodedata.normalize("NFKC", raw).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn", "Mc", "Me"))
    separated = "".join("_" if c.isspace() or c in "_\u2212" or unicodedata.category(c) == "Pd" else c for c in kept)
    name = "_".join(part for part in separated.split("_") if part)
    by_letters = {stop.replace("_", ""): stop for stop in HARD_STOPS}
    return by_letters.get(name.replace("_", ""), name)


ODD_TEXT = st.one_of(
    st.text(max_size=40), disguised().map(lambda pair: pair[1]), st.sampled_from([*DISGUISES.values()])
)


@quick
@given(ODD_TEXT)
def test_a_name_is_stored_as_the_contract_says_unless_it_hides_a_hard_stop(raw):
    stored = normalise_action_type(raw)
    assert stored in HARD_STOPS or stored == normalise_action_type(as_the_contract_says(raw))
    if as_the_contract_says(raw) in HARD_STOPS:
        assert stored == as_the_contract_says(raw)


@quick
@given(ODD_TEXT)
def test_a_stored_name_is_stored_as_itself(raw):
    stored = normalise_action_type(raw)
    assert normalise_action_type(stored) == stored


@quick
@given(ODD_TEXT)
def test_no_spelling_gets_a_milder_tier_than_the_name_it_is_stored_under(raw):
    assert GuardrailChecker().classify_action(raw) == TIERS.get(normalise_action_type(raw), Tier.APPROVAL_REQUIRED)


def test_what_composes_once_a_hidden_character_is_dropped_is_stored_composed():
    assert normalise_action_type("\u1100\u200b\u1161") == "\uac00"


def test_whatever_character_a_name_holds_it_is_stored_as_itself():
    scripts = (*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x12000), *range(0x1D000, 0x1F200))
    stored = [normalise_action_type(f"x{chr(point)}x") for point in scripts]
    assert [normalise_action_type(name) for name in stored] == stored
