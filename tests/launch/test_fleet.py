"""The fleet runs from the same settings: no variable is forgotten, no secret has a default."""

import re

import pytest

from autonomy_project.launch.places import CHECKOUT

OF_THE_IMAGE = {"HASHED_STATIC_FILES"}
SECRETS = ("SECRET_KEY", "DATABASE_PASSWORD", "DATABASE_OWNER_PASSWORD", "BROKER_PASSWORD")


def text(name):
    return (CHECKOUT / name).read_text()


def variables():
    """Every variable that environment.py reads."""
    return set(re.findall(r'given\.\w+\(\s*"([A-Z_]+)"', text("autonomy_project/environment.py"))) | {"SECRET_KEY"}


def test_the_variables_are_found():
    assert {"DATABASE_URL", "EMAIL_URL", "TIME_ZONE", "LLM_MODEL"} <= variables()


@pytest.mark.parametrize("variable", sorted(variables() - OF_THE_IMAGE))
def test_every_variable_reaches_the_fleet_and_is_explained(variable):
    assert re.search(rf"^ +{variable}: ", text("docker-compose.yml"), re.MULTILINE)
    assert re.search(rf"^# {variable}=", text(".env.example"), re.MULTILINE)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_has_a_default(secret):
    uses = re.findall(rf"\$\{{{secret}([^}}]*)\}}", text("docker-compose.yml"))

    assert uses
    assert all(use.startswith(":?") for use in uses)


def test_the_image_does_not_run_as_root():
    assert re.search(r"^USER autonomy$", text("Dockerfile"), re.MULTILINE)


def test_the_image_installs_only_what_is_pinned_by_its_hash():
    assert "--require-hashes" in text("Dockerfile")


def test_local_state_stays_out_of_the_image_and_the_repository():
    for kept_out in (".venv", "var", ".env"):
        assert kept_out in text(".dockerignore").split()
        assert re.search(rf"^/{re.escape(kept_out)}/?$", text(".gitignore"), re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hashes_and_from_no_particular_place(name):
    pins = re.split(r"\n(?=\S)", text(name).strip())

    assert len(pins) > 40
    for pin in pins:
        assert re.match(r"^[a-z0-9.-]+(\[[a-z,]+\])?==\S+", pin), pin
        assert "--hash=sha256:" in pin, pin
    assert "://" not in text(name)
