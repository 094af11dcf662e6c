"""Takes HTML remains out of a text that was meant to be plain, and keeps every place where it was."""

import re
from html import unescape

_HIDDEN = re.compile(r"(?is)<(style|script|blockquote|head|title)\b[^<>]{0,500}>.*?</\1\s*>|<!--.*?-->")
_QUOTE_DIV = re.compile(
    r"(?is)<div[^<>]{0,300}(?:gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|appendonsend)[^<>]{0,300}>.*"
)
_BREAK = re.compile(r"(?i)</?(?:br|p|div|tr|li|h[1-6]|table|ul|ol)\b[^<>]{0,500}>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_LOOKS_LIKE_TAG = re.compile(r"<(?:/?[a-zA-Z]|!--)")


def without_markup(text: str) -> str:
    """Return the text with tags blanked, breaks as line breaks, entities as their characters; it keeps its length."""
    if _LOOKS_LIKE_TAG.search(text):
        text = _QUOTE_DIV.sub(_blank, _HIDDEN.sub(_blank, text))
        text = _TAG.sub(_blank, _BREAK.sub(_line_break, text))
    return _ENTITY.sub(_character, text)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _line_break(found: re.Match[str]) -> str:
    return "\n" + " " * (len(found[0]) - 1)


def _character(found: re.Match[str]) -> str:
    """The character first, then spaces; the spaces before it where it joins a word (don&#39;t)."""
    written = unescape(found[0]).replace("\u00a0", " ").replace("\u2019", "'")
    return written + " " * (len(found[0]) - len(written)) if len(written) == 1 else found[0]
