"""The second factor of a log-in: a code from an authenticator app, or one of ten recovery codes.

django-otp holds the devices (not a tenant's rows: a log-in opens every company of its person), refuses a code that was
used, and makes each wrong one cost twice the wait of the last. A recovery code is kept as a keyed hash alone.
"""

import re
import secrets
from base64 import b32decode, b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from crm.models import Tenant
from crm.tenancy import tenant_scope
from record import journal
from record.actors import Actor

RECOVERY_CODES = 10
_CODE = re.compile(r"[0-9]{6}")
_RECOVERY_BYTES = 10  # of which a code is 16 letters and digits
_REFUSED = "This code does not fit. It may be too old, used already, or too soon after a wrong one."
_SUBJECT = "person"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is: the device that is asked at log-in, or None, and how many recovery codes they have left."""

    device: TOTPDevice | None
    codes_left: int


def new_key() -> str:
    """A fresh secret for an authenticator app, 20 random bytes in base 32."""
    return b32encode(secrets.token_bytes(20)).decode()


def address_of(person: User, key: str) -> str:
    """What the QR code says: an otpauth address with the person's name and the secret."""
    return str(_device(person, key).config_url)


def standing_of(person_id: int) -> Standing:
    """Where a person stands."""
    return Standing(device_of(person_id), StaticToken.objects.filter(device__user_id=person_id).count())


def device_of(person_id: int) -> TOTPDevice | None:
    """The confirmed device of a person, or None."""
    return TOTPDevice.objects.filter(user_id=person_id, confirmed=True).order_by("-pk").first()


def enrol(person: User, *, key: str, code: str, password: str, tenant: Tenant, actor: Actor) -> list[str]:
    """Have the person's log-in ask for codes of `key` from now on; returns their recovery codes, shown once.

    Their other sessions end: the password stays what it is and is salted anew. Raises ValueError naming the field for a
    wrong password or code, and where a device is there already.
    """
    with tenant_scope(tenant), transaction.atomic():
        locked = User.objects.select_for_update().get(pk=person.pk)
        if device_of(person.pk) is not None:
            raise ValueError("Two-factor log-in is on already.")
        if not locked.check_password(password):
            raise ValueError("password: This is not your password.")
        device = _device(person, key)
        device.save()
        if not _is_code(code) or not device.verify_token(_plain(code)):
            raise ValueError(f"code: {_REFUSED}")
        person.set_password(password)
        person.save(update_fields=["password"])
        _write(tenant, "person.two_factor_enabled", person, actor)
        return _new_recovery_codes(person)


def verify(person: User, code: str) -> bool:
    """Whether `code` is the person's: one of their app's, or a recovery code. Each opens once."""
    if _is_code(code):
        device = device_of(person.pk)
        return device is not None and verify_token(person, device.persistent_id, _plain(code)) is not None
    recovery = StaticDevice.objects.filter(user=person, confirmed=True).first()
    return recovery is not None and verify_token(person, recovery.persistent_id, _hashed(recovery, code)) is not None


def renew_recovery_codes(person: User, *, proof: str, tenant: Tenant, actor: Actor) -> list[str]:
    """New recovery codes; the old ones open nothing any more. Raises ValueError for a wrong `proof` (see `switch_off`)."""
    _require_proof(person, proof)
    with tenant_scope(tenant):
        _write(tenant, "person.recovery_codes_renewed", person, actor)
        return _new_recovery_codes(person)


def switch_off(person: User, *, proof: str, tenant: Tenant, actor: Actor) -> None:
    """Ask the person for no codes any more. `proof` is a code or their password. Raises ValueError for a wrong one."""
    _require_proof(person, proof)
    _forget(person, kind="person.two_factor_disabled", tenants=[tenant.pk], actor=actor)


def reset(person: User, *, tenants: Iterable[UUID], actor: Actor) -> None:
    """For somebody who lost their device and their recovery codes: as if they had never enrolled. The caller has seen to
    it that `actor` may. Raises ValueError where there is nothing to reset."""
    if device_of(person.pk) is None:
        raise ValueError(f"{person} logs in without a second factor; there is nothing to reset.")
    _forget(person, kind="person.two_factor_reset", tenants=tenants, actor=actor)


def require_of_all(tenant: Tenant, *, required: bool, actor: Actor) -> bool:
    """Let nobody of the company past the page where one enrols until they have; returns whether that is new."""
    with tenant_scope(tenant):
        changed = Tenant.objects.filter(pk=tenant.pk, requires_two_factor=not required)
        if not changed.update(requires_two_factor=required):
            return False
        journal.write(
            tenant_id=tenant.pk,
            kind="tenant.two_factor_required" if required else "tenant.two_factor_not_required",
            subject=("tenant", tenant.pk),
            actor=actor,
        )
    return True


def _require_proof(person: User, proof: str) -> None:
    if not person.check_password(proof) and not verify(person, proof):
        raise ValueError("proof: This is neither your password nor a code that fits.")


def _forget(person: User, *, kind: str, tenants: Iterable[UUID], actor: Actor) -> None:
    with transaction.atomic():
        TOTPDevice.objects.filter(user=person).delete()
        StaticDevice.objects.filter(user=person).delete()
        for tenant in tenants:
            with tenant_scope(tenant):
                journal.write(tenant_id=tenant, kind=kind, subject=(_SUBJECT, person.pk), actor=actor)


def _write(tenant: Tenant, kind: str, person: User, actor: Actor) -> None:
    journal.write(tenant_id=tenant.pk, kind=kind, subject=(_SUBJECT, person.pk), actor=actor)


def _device(person: User, key: str) -> TOTPDevice:
    return TOTPDevice(user=person, name="Authenticator app", key=b32decode(key).hex())


def _new_recovery_codes(person: User) -> list[str]:
    StaticDevice.objects.filter(user=person).delete()
    device = StaticDevice.objects.create(user=person, name="Recovery codes")
    codes = [_spaced(b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=_hashed(device, code)) for code in codes])
    return codes


def _spaced(text: str) -> str:
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hashed(device: StaticDevice, code: str) -> str:
    """What is kept of a recovery code: 80 bits of its HMAC under the installation's key, as 16 letters and digits."""
    made = salted_hmac("crm.two_factor", f"{device.pk}:{_plain(code).lower()}", algorithm="sha256").digest()
    return b32encode(made[:10]).decode()


def _is_code(code: str) -> bool:
    return _CODE.fullmatch(_plain(code)) is not None


def _plain(code: str) -> str:
    """As it was meant: people copy spaces and dashes."""
    return re.sub(r"[\s-]", "", code)
