"""A digest as people read it: a mail in plain text and in HTML, both from the same content."""

from typing import Any

from django.template.loader import render_to_string

from crm.console.visible import spelled_out
from engine.addresses import absolute
from engine.notices import Message


def message_of(content: dict[str, Any]) -> Message:
    """The mail: its subject says what needs the reader most."""
    shown = {"digest": content, "base": absolute("")}
    return Message(
        subject=subject_of(content),
        text=spelled_out(_tidy(render_to_string("engine/digest.txt", shown))),
        html=render_to_string("engine/digest_mail.html", shown),
    )


def subject_of(content: dict[str, Any]) -> str:
    """In one line, what is most worth opening the mail for."""
    waiting, news = content["needs_you"]["count"], content["changed"]["insights"]
    if waiting:
        value = f", {content['needs_you']['value']} at stake" if content["needs_you"]["value"] else ""
        return f"{waiting} {'action waits' if waiting == 1 else 'actions wait'} for you{value}"
    if news:
        return f"{news[0]['subject']}: {news[0]['signal'].replace('_', ' ')}"
    done = content["done"]["count"]
    return f"Your agents finished {done} {'action' if done == 1 else 'actions'}" if done else "Where your goals stand"


def _tidy(text: str) -> str:
    """Without the empty lines that a template's tags leave behind: at most one in a row."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
