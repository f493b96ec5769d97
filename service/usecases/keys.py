"""API keys: made, listed, revoked, recognised."""

from __future__ import annotations

import hashlib
import secrets
from uuid import uuid4

from service.domain.access import ApiKey, Principal
from service.domain.errors import Unauthenticated
from service.ports import Clock, Storage

_PREFIX = "cxr_"  # so that secret scanners and humans recognise a key


async def create_key(storage: Storage, clock: Clock, name: str) -> str:
    """Store a new key under the name and return its secret, which is not kept. Raises Clash when the name is taken."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    async with storage.unit() as unit:
        await unit.keys.add(ApiKey(uuid4().hex, name, _digest(secret), clock.now()))
        await unit.commit()
    return secret


async def list_keys(storage: Storage) -> tuple[ApiKey, ...]:
    """Return every key, revoked ones too."""
    async with storage.unit(readonly=True) as unit:
        return await unit.keys.all()


async def revoke_key(storage: Storage, clock: Clock, name: str) -> None:
    """End a key at once. Raises Unknown."""
    async with storage.unit() as unit:
        await unit.keys.revoke(name, clock.now())
        await unit.commit()


async def principal_of(storage: Storage, secret: str) -> Principal:
    """Return the principal behind a key. Raises Unauthenticated."""
    async with storage.unit(readonly=True) as unit:
        key = await unit.keys.by_secret(_digest(secret))
    if key is None:
        raise Unauthenticated("This key is not valid, or no longer: ask the operator for a new one.")
    return Principal(key.id, key.name)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
