"""Server-Sent Events: encoding, and a heartbeat so that proxies keep a silent stream open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse

from service.domain.errors import ServiceError
from service.web.errors import problem

_log = structlog.get_logger()
_HEARTBEAT_S = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Event = tuple[str, Mapping[str, Any]]


def event_stream(events: AsyncIterator[Event]) -> StreamingResponse:
    """Stream events as they come. Once begun, a failure is an ``error`` event, no status."""
    return StreamingResponse(_encoded(events), media_type="text/event-stream", headers=_HEADERS)


async def _encoded(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    pending: asyncio.Task[Event] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({pending}, timeout=_HEARTBEAT_S)
            if not done:
                yield KEEPALIVE_COMMENT
                continue
            name, data = pending.result()
            pending = None
            yield format_sse_event(event=name, data_str=json.dumps(data))
    except StopAsyncIteration:
        return
    except ServiceError as error:
        yield format_sse_event(event="error", data_str=json.dumps(problem(error)))
    except Exception:  # noqa: BLE001 - the answer has begun: its failure can only be told inside the stream
        _log.exception("stream.failed")
        body = {"type": "/problems/internal", "detail": "The service failed in the middle of this answer; ask again."}
        yield format_sse_event(event="error", data_str=json.dumps(body))
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        if hasattr(events, "aclose"):
            await events.aclose()
