"""What the commands share."""

from __future__ import annotations

from pydantic import ValidationError

from service.domain.errors import ConfigurationError
from service.settings import Settings


def settings_or_exit() -> Settings:
    """Read the settings. Raises ConfigurationError that names each wrong one, without its value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"CXR_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"Wrong settings: {wrong}. See `cxr doctor`.") from None
