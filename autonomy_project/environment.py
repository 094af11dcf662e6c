"""Reads and judges the environment. Knows no Django, so that a wrong value can be refused before Django loads.

Every variable of Autonomy is read here and nowhere else. `read()` gives an `Environment` or raises `WrongSetting`,
whose message says what to set.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autonomy_project.launch.places import CHECKOUT, VAR, Addresses, embedded_addresses, kept_secret

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_DATABASE_SCHEMES = ("postgres", "postgresql")
_BROKER_SCHEMES = ("redis", "rediss", "redis+socket", "unix")
_WEB_SCHEMES = ("http", "https")
_MAIL_SCHEMES = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
_LOG_FORMATS = ("console", "json")
_SHORTEST_KEY = 32
_NO_ADDRESSES = Addresses("", "", "")
_LOCAL_URL = "http://127.0.0.1:8000"
_HERE = ("localhost", "127.0.0.1", "[::1]")


class WrongSetting(Exception):
    """A variable that cannot be used. The message names it and says what to set."""


@dataclass(frozen=True)
class Mail:
    """Where mail goes: an SMTP server, or (`folder` set) files."""

    folder: Path | None = None
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    ssl: bool = False


@dataclass(frozen=True)
class Environment:
    """The judged variables. `embedded`: this machine's own servers, hence a development or one-machine set-up."""

    embedded: bool
    embedded_broker: bool
    database_url: str
    database_owner_url: str
    broker_url: str
    secret_key: str
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    public_url: str
    debug: bool
    mail: Mail
    default_from_email: str
    chat_webhook_url: str
    chat_folder: Path
    allow_private_addresses: bool
    llm_url: str
    llm_api_key: str
    llm_model: str
    log_format: str
    time_zone: str
    hashed_static_files: bool


def read(variables: Mapping[str, str] | None = None) -> Environment:
    """Judge `variables` (default: the process's own, over those of an optional `.env`). Raises WrongSetting."""
    given = _Given(variables if variables is not None else {**_dotenv(CHECKOUT / ".env"), **os.environ})
    embedded = not given.text("DATABASE_URL")
    own = embedded_addresses() if embedded or not given.text("BROKER_URL") else _NO_ADDRESSES
    database_url = given.url("DATABASE_URL", schemes=_DATABASE_SCHEMES, default=own.database_url)
    owner_default = own.database_owner_url if embedded else database_url
    llm_url = given.url("LLM_URL", schemes=_WEB_SCHEMES)
    return Environment(
        embedded=embedded,
        embedded_broker=not given.text("BROKER_URL"),
        database_url=database_url,
        database_owner_url=given.url("DATABASE_OWNER_URL", schemes=_DATABASE_SCHEMES, default=owner_default),
        broker_url=_broker(given.url("BROKER_URL", schemes=_BROKER_SCHEMES, default=own.broker_url)),
        secret_key=given.secret_key(embedded=embedded),
        allowed_hosts=given.words("ALLOWED_HOSTS", default=_HERE),
        csrf_trusted_origins=given.origins("CSRF_TRUSTED_ORIGINS"),
        public_url=_public_url(given),
        debug=given.flag("DEBUG"),
        mail=given.mail("EMAIL_URL"),
        default_from_email=given.address("DEFAULT_FROM_EMAIL", default="autonomy@localhost"),
        chat_webhook_url=given.url("CHAT_WEBHOOK_URL", schemes=_WEB_SCHEMES),
        chat_folder=VAR / "chat",
        allow_private_addresses=given.flag("ALLOW_PRIVATE_ADDRESSES"),
        llm_url=llm_url,
        llm_api_key=given.text("LLM_API_KEY"),
        llm_model=given.needed("LLM_MODEL", because="LLM_URL is set") if llm_url else given.text("LLM_MODEL"),
        log_format=given.choice("LOG_FORMAT", choices=_LOG_FORMATS),
        time_zone=given.zone("TIME_ZONE"),
        hashed_static_files=given.flag("HASHED_STATIC_FILES"),
    )


def _public_url(given: "_Given") -> str:
    """Where people reach the console: as told, else the first trusted origin, else where `up` serves by default."""
    origins = given.origins("CSRF_TRUSTED_ORIGINS")
    return given.url("PUBLIC_URL", schemes=_WEB_SCHEMES, default=origins[0] if origins else _LOCAL_URL).rstrip("/")


class _Given:
    """The variables as they were given, one method per kind of value. An empty one counts as unset."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def needed(self, name: str, *, because: str) -> str:
        value = self.text(name)
        if not value:
            raise WrongSetting(f"{name} is not set, but {because}: set {name} as well.")
        return value

    def flag(self, name: str) -> bool:
        value = self.text(name, "no").lower()
        if value not in _TRUE | _FALSE:
            raise WrongSetting(f"{name} is {value!r}: set it to yes or no.")
        return value in _TRUE

    def choice(self, name: str, *, choices: tuple[str, ...]) -> str:
        value = self.text(name, choices[0])
        if value not in choices:
            raise WrongSetting(f"{name} is {value!r}: set it to {' or '.join(choices)}.")
        return value

    def words(self, name: str, *, default: tuple[str, ...] = ()) -> list[str]:
        found = [word.strip() for word in self.text(name).split(",") if word.strip()] or list(default)
        for word in found:
            if "/" in word or " " in word:
                raise WrongSetting(f"{name} contains {word!r}: set it to host names separated by commas.")
        return found

    def origins(self, name: str) -> list[str]:
        found = [word.strip() for word in self.text(name).split(",") if word.strip()]
        for word in found:
            if urlsplit(word).scheme not in _WEB_SCHEMES:
                raise WrongSetting(
                    f"{name} contains {word!r}: set it to origins with their scheme, such as https://sales.example.com."
                )
        return found

    def url(self, name: str, *, schemes: tuple[str, ...], default: str = "") -> str:
        value = self.text(name, default)
        if value:
            self._judge_url(name, value, schemes)
        return value

    def _judge_url(self, name: str, value: str, schemes: tuple[str, ...]) -> None:
        wanted = f"set it to an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
        parts = _split(name, value, wanted)
        if parts.scheme not in schemes:
            raise WrongSetting(f"{name} cannot be used: {wanted}.")
        if parts.scheme in (*_WEB_SCHEMES, "redis", "rediss") and not parts.hostname:
            raise WrongSetting(f"{name} names no host: {wanted} and a host name.")
        if parts.scheme in (*_DATABASE_SCHEMES, "unix", "redis+socket") and not parts.path.strip("/"):
            raise WrongSetting(f"{name} ends before its last part (the database's name or the socket): add it.")

    def secret_key(self, *, embedded: bool) -> str:
        value = self.text("SECRET_KEY")
        if not value and embedded:
            return kept_secret("secret_key")
        if not value:
            raise WrongSetting(
                "SECRET_KEY is not set: set it to a long random text, such as the output of"
                " `python3 -c 'import secrets; print(secrets.token_urlsafe(50))'`, and keep it."
            )
        if len(value) < _SHORTEST_KEY or len(set(value)) < 5:
            raise WrongSetting(f"SECRET_KEY is too easy to guess: set at least {_SHORTEST_KEY} random characters.")
        return value

    def address(self, name: str, *, default: str) -> str:
        value = self.text(name, default)
        if not re.fullmatch(r"(?:[^<>@\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?", value):
            raise WrongSetting(f"{name} is {value!r}: set it to an e-mail address, such as Sales <sales@example.com>.")
        return value

    def zone(self, name: str) -> str:
        value = self.text(name, "UTC")
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise WrongSetting(f"{name} is {value!r}: set it to a zone's name, such as Europe/London.") from None
        return value

    def mail(self, name: str) -> Mail:
        value = self.text(name)
        if not value:
            return Mail(folder=VAR / "mail")
        wanted = "set it to smtp://user:password@host:port, smtp+tls://…, smtps://… or filemail:///folder"
        parts = _split(name, value, wanted)
        if parts.scheme == "filemail" and parts.path.strip("/") and not parts.netloc:
            return Mail(folder=Path(unquote(parts.path)))
        if parts.scheme not in _MAIL_SCHEMES or not parts.hostname:
            raise WrongSetting(f"{name} cannot be used: {wanted}.")
        return Mail(
            host=parts.hostname,
            port=parts.port or _MAIL_SCHEMES[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            starttls=parts.scheme == "smtp+tls",
            ssl=parts.scheme == "smtps",
        )


def _split(name: str, value: str, wanted: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a port out of range raises here
    except ValueError:
        raise WrongSetting(f"{name} cannot be read as an address: {wanted}.") from None
    return parts


def _broker(url: str) -> str:
    """The broker's address as Celery writes it (redis-py writes a socket as unix://)."""
    return "redis+socket" + url.removeprefix("unix") if url.startswith("unix://") else url


def _dotenv(place: Path) -> dict[str, str]:
    """NAME=value lines of an optional file. Blank lines and # comments are skipped, surrounding quotes removed."""
    if not place.is_file():
        return {}
    lines = [line.strip() for line in place.read_text(encoding="utf-8").splitlines()]
    return dict(_pair(line, place) for line in lines if line and not line.startswith("#"))


def _pair(line: str, place: Path) -> tuple[str, str]:
    name, equals, value = line.removeprefix("export ").partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name.strip()):
        raise WrongSetting(f"{place.name} has a line that is not NAME=value: {name[:40]!r}. Correct or remove it.")
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return name.strip(), value
