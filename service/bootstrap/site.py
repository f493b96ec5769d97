"""The site's own words, by the settings."""

from __future__ import annotations

from prompts.site import NO_SITE, Site
from prompts.site_file import SiteError, load_site
from service.domain.errors import ConfigurationError
from service.settings import Settings


def load_words(settings: Settings) -> Site:
    """Return the site's words; none of its own where no file is set. Raises ConfigurationError with all its faults."""
    if settings.site_template is None:
        return NO_SITE
    try:
        return load_site(settings.site_template)
    except SiteError as error:
        raise ConfigurationError(f"CXR_SITE_TEMPLATE: {error}") from error
