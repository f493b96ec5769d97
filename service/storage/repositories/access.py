"""API keys, the memory of ``Idempotency-Key``, and the audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.access import ApiKey, AuditEvent
from service.domain.errors import Unknown
from service.storage.repositories.rules import hold_study, insert
from service.storage.rows import record_of, values
from service.storage.tables import ApiKeyRow, AuditRow, RequestRow


class SqlKeys:
    """Implements ``service.ports.Keys``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, key: ApiKey) -> None:
        """Store a key. Raises Clash when the name of a key still valid is taken."""
        await insert(self._session, ApiKeyRow(**values(key)), f"There is a valid key named {key.name} already.")

    async def by_secret(self, secret_sha256: str) -> ApiKey | None:
        """Return the key with this hash, if it is still valid."""
        statement = select(ApiKeyRow).where(ApiKeyRow.secret_sha256 == secret_sha256, ApiKeyRow.revoked_at.is_(None))
        row = await self._session.scalar(statement)
        return None if row is None else record_of(ApiKey, row)

    async def all(self) -> tuple[ApiKey, ...]:
        """Return every key, revoked ones too, oldest first."""
        rows = await self._session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id))
        return tuple(record_of(ApiKey, row) for row in rows)

    async def revoke(self, name: str, at: datetime) -> None:
        """End a key. Raises Unknown when no valid key has that name."""
        statement = select(ApiKeyRow).where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
        row = await self._session.scalar(statement)
        if row is None:
            raise Unknown(f"There is no valid key named {name}.")
        row.revoked_at = at
        await self._session.flush()


class SqlRequests:
    """Implements ``service.ports.Requests``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, principal: str, key: str) -> tuple[str, str] | None:
        """Return (fingerprint of the request, study id) of the first use of this key."""
        row = await self._session.get(RequestRow, (principal, key))
        return None if row is None else (row.fingerprint, row.study_id)

    async def add(self, principal: str, key: str, fingerprint: str, study_id: str) -> None:
        """Remember the first use of a key. Raises Clash when it was used meanwhile, Unknown without the study."""
        await hold_study(self._session, study_id)
        row = RequestRow(principal=principal, key=key, fingerprint=fingerprint, study_id=study_id)
        await insert(self._session, row, "This Idempotency-Key was used for another request meanwhile.")


class SqlAudit:
    """Implements ``service.ports.Audit``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, event: AuditEvent) -> None:
        """Append an event."""
        self._session.add(AuditRow(**values(event)))
        await self._session.flush()  # now, so that events keep the order in which they were added

    async def of(self, subject: str) -> tuple[AuditEvent, ...]:
        """Return what was done to a subject, oldest first."""
        statement = select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.sequence)
        return tuple(record_of(AuditEvent, row) for row in await self._session.scalars(statement))
