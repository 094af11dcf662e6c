"""The browser for the browser tests: Debian's chromium, found or, where that is possible, installed."""

import os
import shutil
import subprocess

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = "no Chromium on this machine: install one (Debian: apt-get install chromium) to run the browser tests"


def find() -> str | None:
    """The path of a Chromium, or None."""
    found = (shutil.which(name) for name in _NAMES)
    return next((path for path in found if path), None)


def find_or_install() -> str | None:
    """As `find`; as root on a Debian it is installed first. Says what it does; None when it cannot be had."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's chromium for the browser tests (once; a minute or two)", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium", "fonts-liberation"]):
            subprocess.run(["apt-get", "-qq", *words], env=environment, stdin=subprocess.DEVNULL)
    return find()
