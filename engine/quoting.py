"""Other people's words inside a message of ours: a customer's, an agent's, a name out of the CRM.

They stay words: on one line, nothing hidden in them, cut to a length, and no address that a mail or chat program would make
a link of; the only links in a message of ours are our own.
"""

import re

from crm.console.visible import spelled_out

_READ_AT_MOST = 5  # characters for each that is kept: what is hidden takes more room when it is spelled out
_LINK = re.compile(r"://|\]\(|\b(?:www\.|(?:mailto|tel|javascript|data):)", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w.+-])@(?=\w)")


def quoted(text: str, *, most: int) -> str:
    """`text` on one line of at most `most` characters: what nobody sees in brackets, links broken."""
    line = " ".join(spelled_out(text[: most * _READ_AT_MOST]).split())
    harmless = _LINK.sub(_broken, line)
    return harmless if len(harmless) <= most else f"{harmless[: most - 1]}…"


def for_chat(text: str) -> str:
    """`text` for a chat service that reads Slack's mark-up: nothing in it calls a channel, mentions anybody or links under
    another name. Slack asks for these three characters alone to be escaped; others read a bare @here."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub("(at)", escaped)


def _broken(match: re.Match[str]) -> str:
    """ "://" as "[:]//", "www." as "www[.]", and the "](" of a link under another name apart."""
    found = match.group()
    return {"://": "[:]//", "](": "] ("}.get(found) or f"{found[:-1]}[{found[-1]}]"
