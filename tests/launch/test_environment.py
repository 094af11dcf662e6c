"""A wrong value stops the start with a sentence that says what to set."""

from pathlib import Path

import pytest

from autonomy_project.environment import Mail, WrongSetting, read
from autonomy_project.launch.places import VAR, embedded_addresses

KEY = "a-key-of-some-length-0123456789-abcdefgh"
SERVERS = {
    "DATABASE_URL": "postgresql://app:pw@db.example.com:5432/autonomy",
    "BROKER_URL": "redis://broker:6379/0",
    "SECRET_KEY": KEY,
}
DEFAULTS = {
    "embedded": True,
    "embedded_broker": True,
    "allowed_hosts": ["localhost", "127.0.0.1", "[::1]"],
    "csrf_trusted_origins": [],
    "debug": False,
    "mail": Mail(folder=VAR / "mail"),
    "default_from_email": "autonomy@localhost",
    "chat_webhook_url": "",
    "chat_folder": VAR / "chat",
    "allow_private_addresses": False,
    "llm_url": "",
    "llm_api_key": "",
    "llm_model": "",
    "log_format": "console",
    "time_zone": "UTC",
    "hashed_static_files": False,
}
TAKEN = [
    ("DEBUG", "yes", "debug", True),
    ("DEBUG", "False", "debug", False),
    ("ALLOWED_HOSTS", "a.example.com, b.example.com", "allowed_hosts", ["a.example.com", "b.example.com"]),
    ("CSRF_TRUSTED_ORIGINS", "https://a.example.com", "csrf_trusted_origins", ["https://a.example.com"]),
    ("EMAIL_URL", "smtp://127.0.0.1:2525", "mail", Mail(host="127.0.0.1", port=2525)),
    ("EMAIL_URL", "smtp://mail.example.com", "mail", Mail(host="mail.example.com", port=25)),
    (
        "EMAIL_URL",
        "smtp+tls://u%40x:p%2Fw@m",
        "mail",
        Mail(host="m", port=587, user="u@x", password="p/w", starttls=True),
    ),
    ("EMAIL_URL", "smtps://u:p@m", "mail", Mail(host="m", port=465, user="u", password="p", ssl=True)),
    ("EMAIL_URL", "filemail:///srv/out%20box", "mail", Mail(folder=Path("/srv/out box"))),
    ("DEFAULT_FROM_EMAIL", "Sales <sales@example.com>", "default_from_email", "Sales <sales@example.com>"),
    ("CHAT_WEBHOOK_URL", "https://chat.example.com/x", "chat_webhook_url", "https://chat.example.com/x"),
    ("ALLOW_PRIVATE_ADDRESSES", "1", "allow_private_addresses", True),
    ("LLM_API_KEY", "k", "llm_api_key", "k"),
    ("LOG_FORMAT", "json", "log_format", "json"),
    ("TIME_ZONE", "Europe/London", "time_zone", "Europe/London"),
    ("SECRET_KEY", KEY, "secret_key", KEY),
    ("BROKER_URL", "unix:///run/v.sock", "broker_url", "redis+socket:///run/v.sock"),
    ("BROKER_URL", "rediss://:pw@b:6380/1", "broker_url", "rediss://:pw@b:6380/1"),
    ("HASHED_STATIC_FILES", "on", "hashed_static_files", True),
]
REFUSED = [
    ("DATABASE_URL", "mysql://u@h/db"),
    ("DATABASE_URL", "postgresql://u@h:notaport/db"),
    ("DATABASE_URL", "postgresql://u@h:5432"),
    ("DATABASE_OWNER_URL", "sqlite:///x"),
    ("BROKER_URL", "amqp://h"),
    ("BROKER_URL", "redis://"),
    ("BROKER_URL", "redis+socket://"),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", "a" * 60),
    ("ALLOWED_HOSTS", "https://a.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "a.example.com"),
    ("DEBUG", "maybe"),
    ("EMAIL_URL", "http://mail"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "smtp://m:99999"),
    ("EMAIL_URL", "filemail://folder"),
    ("DEFAULT_FROM_EMAIL", "nobody"),
    ("DEFAULT_FROM_EMAIL", "a@example.com\r\nBcc: b@example.com"),
    ("CHAT_WEBHOOK_URL", "ftp://chat"),
    ("CHAT_WEBHOOK_URL", "https://"),
    ("ALLOW_PRIVATE_ADDRESSES", "2"),
    ("LLM_URL", "localhost:11434"),
    ("LOG_FORMAT", "xml"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "/etc/passwd"),
    ("HASHED_STATIC_FILES", "brotli"),
]


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_nothing_has_to_be_set(name, value):
    assert getattr(read({}), name) == value


def test_without_servers_of_ones_own_the_embedded_ones_are_meant():
    environment = read({})

    own = embedded_addresses()
    assert environment.database_url == own.database_url
    assert environment.database_owner_url == own.database_owner_url
    assert environment.broker_url == own.broker_url


@pytest.mark.parametrize(("variable", "given", "name", "taken"), TAKEN)
def test_a_value_is_taken_as_it_is_meant(variable, given, name, taken):
    assert getattr(read({variable: given}), name) == taken


@pytest.mark.parametrize(("variable", "value"), REFUSED)
def test_a_wrong_value_is_refused_with_its_name_and_what_to_do(variable, value):
    with pytest.raises(WrongSetting) as refusal:
        read({**SERVERS, variable: value})

    sentence = str(refusal.value)
    assert variable in sentence
    assert "set " in sentence or "add it" in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("variable", ["DATABASE_URL", "BROKER_URL", "EMAIL_URL"])
def test_a_refusal_does_not_repeat_a_password(variable):
    with pytest.raises(WrongSetting) as refusal:
        read({**SERVERS, variable: "gopher://u:s3cr3t-pw@host/x"})

    assert "s3cr3t-pw" not in str(refusal.value)


def test_every_variable_may_be_empty_and_then_counts_as_unset():
    names = {name for name, *_ in TAKEN} | {name for name, _ in REFUSED}

    assert read(dict.fromkeys(names, "")) == read({})


def test_a_key_is_required_with_a_database_of_ones_own():
    with pytest.raises(WrongSetting, match="SECRET_KEY is not set"):
        read({"DATABASE_URL": SERVERS["DATABASE_URL"]})


def test_the_embedded_mode_makes_a_key_and_keeps_it():
    first, second = read({}).secret_key, read({}).secret_key

    assert first == second
    assert len(first) >= 50
    assert (VAR / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_owner_is_who_the_app_is_where_only_one_address_is_given():
    assert read(SERVERS).database_owner_url == SERVERS["DATABASE_URL"]


def test_a_language_model_needs_its_name():
    with pytest.raises(WrongSetting, match="LLM_MODEL is not set, but LLM_URL is set"):
        read({"LLM_URL": "https://llm.example.com/v1"})

    assert read({"LLM_URL": "https://llm.example.com/v1", "LLM_MODEL": "m"}).llm_model == "m"


class TestDotenv:
    @pytest.fixture
    def dotenv(self, tmp_path, monkeypatch):
        monkeypatch.setattr("autonomy_project.environment.CHECKOUT", tmp_path)
        monkeypatch.delenv("TIME_ZONE", raising=False)
        return tmp_path / ".env"

    def test_its_lines_are_read(self, dotenv):
        dotenv.write_text("# a comment\n\nexport TIME_ZONE='Europe/London'\n")

        assert read().time_zone == "Europe/London"

    def test_the_shell_goes_before_it(self, dotenv, monkeypatch):
        dotenv.write_text("TIME_ZONE=Europe/London\n")
        monkeypatch.setenv("TIME_ZONE", "Asia/Tokyo")

        assert read().time_zone == "Asia/Tokyo"

    def test_a_line_that_is_none_is_refused(self, dotenv):
        dotenv.write_text("TIME_ZONE Europe/London\n")

        with pytest.raises(WrongSetting, match="not NAME=value"):
            read()
