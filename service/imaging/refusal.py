"""Why a file is not taken, before its name is known: decoders raise this, ``decode`` adds the name."""

from __future__ import annotations


class RefusalError(Exception):
    """The bytes cannot become an image.

    ``code`` is one of ``FileRejected``'s codes; ``detail`` is a whole sentence or two for a clinician: what is wrong
    and what to do. It repeats no value of the file that could be patient data.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def damaged(what: str) -> RefusalError:
    """Refuse pixels that are broken or cut short; ``what`` is a clause such as "its pixel data is cut short"."""
    return RefusalError("undecodable-pixel-data", f"The file is damaged: {what}. Export it again from its source.")


def too_large(what: str, bound: str) -> RefusalError:
    """Refuse a file beyond one of the limits."""
    return RefusalError("too-large", f"The file is too large: {what}, and this site takes {bound}. Send a single film.")
