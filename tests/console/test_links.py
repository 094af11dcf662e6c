"""Where a link leads is said outright, whatever its words, its letters or its spelling pretend."""

import subprocess
import sys
import time

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from crm.console.drawn import Span, runs, unified
from crm.console.links import links_in


def leads(text: str) -> list[str]:
    return [link.leads_to for link in links_in(text)]


def warned(text: str) -> str:
    return "; ".join(warning for link in links_in(text) for warning in link.warnings)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("See https://docs.acme.example/start?x=1#top.", "docs.acme.example"),
        ("See http://acme.example:8080/x", "acme.example:8080"),
        ("See https://acme.example:443/x", "acme.example"),
        ("See HTTPS://ACME.Example/", "acme.example"),
        ("See www.acme.example/prices, please", "www.acme.example"),
        ("(https://acme.example/a_(b))", "acme.example"),
        ("<https://acme.example>", "acme.example"),
        ("[our prices](https://acme.example/prices)", "acme.example"),
        ('<a class="x" href="https://acme.example/">our prices</a>', "acme.example"),
        ("<a href=https://acme.example/>our prices</a>", "acme.example"),
        ("<A HREF='https://acme.example/'>our prices", "acme.example"),
        ("[write to us](mailto:ada@acme.example?subject=x)", "mail to ada@acme.example"),
        ("日本語https://acme.example/", "acme.example"),
    ],
)
def test_an_honest_link_says_its_host_and_warns_of_nothing(text: str, host: str) -> None:
    assert (leads(text), warned(text)) == ([host], "")


@pytest.mark.parametrize(
    "text", ["", "Plain words. Version 1.2.3, 12.50 EUR", "ada@acme.example", "and/or", "a:b", "3:30", "e.g. this"]
)
def test_what_is_no_link_is_left_alone(text: str) -> None:
    assert links_in(text) == []


# (text, where it leads, part of the warning)
HOSTILE = [
    ("https://globex.example@evil.example/login", "evil.example", "globex.example before the @ is not where it leads"),
    ("https://globex.example%40x:y@evil.example/", "evil.example", "before the @"),
    ("https://globex.example\\@evil.example/", "globex.example", "a backslash"),
    ("https:\\\\evil.example\\globex.example", "evil.example", "a backslash"),
    ("https://xn--pypal-4ve.com/", "xn--pypal-4ve.com", "looks like p\u0430ypal.com"),
    ("https://p\u0430ypal.com/", "xn--pypal-4ve.com", "looks like p\u0430ypal.com"),
    ("https://\u0430\u0440\u0440\u04cf\u0435.com", "xn--80ak6aa92e.com", "looks like"),
    ("https://evil\u3002example/", "evil.example", "unusual letters"),
    ("https://\uff45\uff56\uff49\uff4c.example/", "evil.example", "unusual letters"),
    ("https://glo\u200bbex.example/", "globex.example", "unusual letters"),
    ("https://%65vil.example/", "evil.example", "written as codes"),
    ("http://192.0.2.7/login", "192.0.2.7", "a number in place of a name"),
    ("http://3221225991/login", "192.0.2.7", "a number in place of a name"),
    ("http://0xC0.0.0x2.7", "192.0.2.7", "a number in place of a name"),
    ("http://0300.0.02.07/", "192.0.2.7", "a number in place of a name"),
    ("http://[2001:db8::1]/x", "[2001:db8::1]", "a number in place of a name"),
    ("https://bit.ly/3xyz", "bit.ly", "a short address"),
    ("[https://globex.example](https://evil.example)", "evil.example", "the text says globex.example"),
    ("[globex.example](http://evil.example)", "evil.example", "the text says globex.example"),
    ("[Globex.Example/prices](//evil.example/)", "evil.example", "the text says globex.example"),
    ('<a href="https://evil.example">www.globex.example</a>', "evil.example", "the text says globex.example"),
    (
        '<a href="https://evil.example">https://<b>globex</b>.example</a>',
        "evil.example",
        "the text says globex.example",
    ),
    ("<a href='&#104;ttps://&#101;vil.example'>globex.example</a>", "evil.example", "the text says globex.example"),
    ('<a\nhref="ht\ntps://ev\til.example">globex.example</a>', "evil.example", "the text says globex.example"),
    ('<a title=">" href="https://evil.example">x</a>', "evil.example", ""),
    ("[x](https:evil.example)", "evil.example", ""),
    ("[x](evil.example/a)", "evil.example", ""),
    ("[x](javascript:alert(1))", "", "javascript: is no web page"),
    ("[x](data:text/html,hello)", "", "data: is no web page"),
    ("file://server/share", "", "file: is no web page"),
    ("[x](/admin/logout/)", "", "leads to no address"),
    ("Hello.https://evil.example", "evil.example", ""),
    ("x-https://evil.example", "evil.example", ""),
    ("https://" + "a" * 300 + ".globex.example.evil.example/", "a" * 300 + ".globex.example.evil.example", ""),
    ("https://\u202eelpmaxe.xeb\u2067olg.example", None, "no valid name"),
    ("https://_x_.\u0430/", None, "no valid name"),
]


@pytest.mark.parametrize(("text", "host", "warning"), HOSTILE)
def test_a_deceiving_link_says_its_true_host_and_what_deceives(text: str, host: str | None, warning: str) -> None:
    [link] = links_in(text)
    assert host in (None, link.leads_to)
    assert warning in warned(text)
    if warning == "":
        assert link.warnings == ()


def test_every_link_of_a_text_is_found_and_none_reaches_into_another() -> None:
    text = "First https://a.example, then [b](https://b.example) and <a href='https://c.example'>https://c.example</a>."
    assert leads(text) == ["a.example", "b.example", "c.example"]


@pytest.mark.parametrize(
    "text",
    [
        "<a " * 60_000,
        '<a href="' * 20_000,
        "<a href=x>" * 18_000,
        "[" * 190_000,
        "[a](" * 45_000,
        "[a](b" * 35_000,
        "http://" * 25_000,
        "a+" * 90_000,
        "https://" + "@" * 190_000,
        "https://x/" + ")" * 190_000,
        "www." * 45_000,
        "https://a.example " * 10_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_keeps_the_page_waiting(text: str) -> None:
    began = time.monotonic()
    runs(text)
    assert time.monotonic() - began < 5


@given(st.text(alphabet=st.sampled_from("ab.:/\\@[]()<>=\"' \n\twhtpsxn-\u200b\u0430\u202e%")))
def test_no_text_breaks_it_and_every_character_is_drawn(text: str) -> None:
    end = 0
    for link in links_in(text):
        assert end <= link.start < link.end <= len(text)
        end = link.end
    drawn = "".join(piece.text if not piece.kind else "" for run in runs(text) for piece in run.pieces)
    plain = "".join(piece.text for run in runs(unified(text)) for piece in run.pieces if not piece.kind)
    assert drawn == plain


def test_spans_and_links_may_overlap() -> None:
    text = "We give 10 % off at https://a.example until Friday."
    [before, link, after] = runs(text, [Span(0, len(text), "a discount")])
    assert [run.marked for run in (before, link, after)] == [True, True, True]
    assert (link.linked, link.link.leads_to if link.link else None) == (True, "a.example")
    assert [run.labels for run in (before, link, after)] == [[], [], ["a discount"]]


def test_nothing_drawn_leads_anywhere_and_all_of_it_is_escaped() -> None:
    text = '[<b>x</b>](https://evil.example/"onload=alert(1)) <a href="https://evil.example">globex.example</a>'
    html = Template("{% load console %}{% drawn text %}").render(Context({"text": text}))
    assert "<a" not in html
    assert "<b>" not in html
    assert "href=&quot;https://evil.example&quot;" in html
    assert "leads to " in html
    assert "the text says globex.example" in html


def test_it_knows_no_django() -> None:
    program = "import sys, crm.console.links, crm.console.drawn; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
