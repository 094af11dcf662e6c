"""Where the one-machine mode keeps things, and the addresses that follow from it.

Knows no Django and nothing outside the standard library, so that settings, tests and the launcher can all ask it.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]
VAR = CHECKOUT / "var"
VENV = CHECKOUT / ".venv"

DATABASE_NAME = "autonomy"
OWNER_ROLE = "autonomy_owner"
APP_ROLE = "autonomy_app"

# A unix socket's path may take about 107 bytes; ".s.PGSQL.5432.lock" is appended to the folder's.
_LONGEST_SOCKET_FOLDER = 85


@dataclass(frozen=True)
class Addresses:
    """The three addresses every process of Autonomy needs."""

    database_url: str
    database_owner_url: str
    broker_url: str


def running_as_root() -> bool:
    """PostgreSQL refuses to run as root, so root's servers run as another account, outside the checkout."""
    return os.geteuid() == 0


def data_folder() -> Path:
    """The folder of the embedded servers: `var/`, or for root one in /var/tmp that an ordinary account can reach."""
    if not running_as_root():
        return VAR / "servers"
    return Path("/var/tmp") / f"autonomy-{_identity()}"


def socket_folder(data: Path) -> Path:
    """The folder of the sockets of the servers under `data`, short enough for the kernel's limit."""
    inside = data / "sockets"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
        return inside
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path(f"/tmp/autonomy-{os.geteuid()}") / name


def database_url(sockets: Path, *, role: str = APP_ROLE, name: str = DATABASE_NAME) -> str:
    """The address of database `name` on the embedded PostgreSQL whose socket is in `sockets`."""
    return f"postgresql://{role}@/{name}?host={quote(str(sockets), safe='/')}"


def broker_url(sockets: Path) -> str:
    """The address of the embedded Valkey whose socket is in `sockets`, as Celery writes it."""
    return f"redis+socket://{sockets}/valkey.sock"


def embedded_addresses() -> Addresses:
    """The addresses of this checkout's own servers, whether they run now or not."""
    sockets = socket_folder(data_folder())
    return Addresses(database_url(sockets), database_url(sockets, role=OWNER_ROLE), broker_url(sockets))


def kept_secret(name: str) -> str:
    """The random text kept in `var/NAME` (mode 0600), made on first use."""
    place = VAR / name
    try:
        return place.read_text().strip()
    except FileNotFoundError:
        write_secret(place, secrets.token_urlsafe(48))
        return place.read_text().strip()


def write_secret(place: Path, text: str) -> None:
    """Put `text` into a new file that only its owner may read. Where another process was first, its text stays."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = place.with_name(f"{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
    try:
        os.link(unfinished, place)
    except FileExistsError:
        return
    finally:
        unfinished.unlink()


def _identity() -> str:
    """Names this checkout: another folder, or the same one after `rm -rf var`, is another machine."""
    return hashlib.sha256(f"{CHECKOUT}\n{kept_secret('identity')}".encode()).hexdigest()[:12]
