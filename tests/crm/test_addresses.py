"""What counts as an e-mail address, and which spellings are one mailbox."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.addresses import AddressError, address_key, clean_address


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("joel@betasoloin.example", "joel@betasoloin.example"),
        ("Joel.Woods+crm@BETASOLOIN.Example", "Joel.Woods+crm@betasoloin.example"),
        ("joel@sales.acme.test", "joel@sales.acme.test"),
        ("joel@mail.local", "joel@mail.local"),
        ("joel@localhost", "joel@localhost"),
        ("o'neil@acme.co.uk", "o'neil@acme.co.uk"),
        ("joel@m\u00fcller.de", "joel@xn--mller-kva.de"),
        ("joel@xn--mller-kva.de", "joel@xn--mller-kva.de"),
        ("joel@\uff41cme.com", "joel@acme.com"),
    ],
)
def test_an_address_has_one_form(written, clean):
    assert clean_address(written) == clean


def test_a_look_alike_of_a_known_domain_reads_as_what_it_is():
    assert clean_address("joel@\u0430cme.com") == "joel@xn--cme-5cd.com"


@pytest.mark.parametrize(
    "refused",
    [
        "",
        "joel",
        "@acme.com",
        "joel@",
        "joel@acme.com ",
        " joel@acme.com",
        "joel @acme.com",
        "joel@acme.com\r\nBcc: eve@elsewhere.example",
        "joel\n@acme.com",
        "joel@acme.com\0",
        "joel@acme.com,eve@elsewhere.example",
        "Joel Woods <joel@acme.com>",
        '"joel woods"@acme.com',
        "joel@[127.0.0.1]",
        "joel@acme..com",
        "joel.@acme.com",
        "joel@-acme.com",
        "joel@@acme.com",
        "j\u00f6el@acme.com",
        "\uff4aoel@acme.com",
        "joel\u200b@acme.com",
        "joel\u202e@acme.com",
        "joel\ud800@acme.com",
        "joel@acme\ud800.com",
        f"{'j' * 65}@acme.com",
        f"j@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.com",
    ],
    ids=ascii,
)
def test_what_is_not_one_plain_address_is_refused_with_a_reason(refused):
    with pytest.raises(AddressError, match=r"\w"):
        clean_address(refused)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Joel@ACME.com", "joel@acme.com"),
        (" joel@acme.com ", "joel@acme.com"),
        ("joel@M\u00dcLLER.de", "joel@xn--mller-kva.de"),
        ("Not An Address", "not an address"),
    ],
)
def test_two_spellings_of_one_mailbox_have_one_key(one, other):
    assert address_key(one) == address_key(other)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(max_size=80), st.emails(), st.text(max_size=20).map(lambda name: f"{name}@acme.com")))
def test_any_text_is_an_address_or_refused(text):
    try:
        clean = clean_address(text)
    except AddressError:
        return
    assert clean_address(clean) == clean
    assert clean.isascii()
    assert clean.isprintable()
    assert address_key(text) == address_key(clean) == clean.lower()


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_key_is_its_own_key(text):
    assert address_key(address_key(text)) == address_key(text)
