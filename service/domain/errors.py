"""Errors named by what happens next. ``web/errors.py`` holds the one table from these to HTTP statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


class ServiceError(Exception):
    """Base of every error that a user may see.

    ``code`` is the stable last part of the problem's ``type``; ``detail`` is a sentence a clinician can act on and
    holds no patient data.
    """

    code = "error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code


class Rejected(ServiceError):  # noqa: N818 - named by what happens next: the sender must change the request
    """The request is wrong; the same request will be wrong again."""

    code = "rejected"


class FileRejected(Rejected):
    """A file of an upload cannot be taken; names the file and the reason.

    ``code`` is one of: ``empty-file``, ``not-an-image``, ``not-an-image-object``, ``no-pixel-data``,
    ``undecodable-pixel-data``, ``unsupported-transfer-syntax``, ``constant-image``, ``too-large``,
    ``decoder-failed``, ``decoder-timeout``, ``bad-archive``.
    """

    def __init__(self, file_name: str, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.file_name = file_name

    def __reduce__(self) -> tuple[type[FileRejected], tuple[str, str, str]]:
        """Survive the way out of the decoder's process."""
        return type(self), (self.file_name, self.code, self.detail)


class UploadRejected(Rejected):
    """One or more files cannot be taken; the whole upload is refused together, so nothing is half stored."""

    code = "upload-rejected"

    def __init__(self, files: Sequence[FileRejected]) -> None:
        self.files = tuple(files)
        named = " ".join(file.detail for file in self.files)
        super().__init__(
            f"Nothing of this upload was stored. {named}",
            code=self.files[0].code if len(self.files) == 1 else None,
        )


class TooLarge(Rejected):
    """The request is larger than this site takes."""

    code = "too-large"


class Unknown(ServiceError):  # noqa: N818
    """No such thing, or not for this principal: the two are not told apart."""

    code = "not-found"


class Unauthenticated(ServiceError):  # noqa: N818
    """The caller must say who it is."""

    code = "unauthenticated"


class Forbidden(ServiceError):  # noqa: N818
    """The caller is known and may not do this."""

    code = "forbidden"


class Clash(ServiceError):  # noqa: N818
    """The request contradicts what is stored; the caller must look again."""

    code = "conflict"


class Unconditional(Rejected):
    """A change must say which version it was made on."""

    code = "if-match-required"


class Stale(Clash):
    """Somebody else changed it meanwhile; ``version`` is the present one."""

    code = "changed-meanwhile"

    def __init__(self, detail: str, version: int) -> None:
        super().__init__(detail)
        self.version = version

    def __reduce__(self) -> tuple[type[Stale], tuple[str, int]]:
        """Survive being recorded by the job queue."""
        return type(self), (self.detail, self.version)


class TryLater(ServiceError):  # noqa: N818
    """Nothing is wrong with the request; it may succeed after ``retry_after_s`` seconds."""

    code = "busy"

    def __init__(self, detail: str, *, retry_after_s: float = 1.0, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


FailureReason = Literal[
    "unreachable", "refused", "rate-limited", "server-error", "timeout", "empty", "cut", "malformed", "declined"
]


class ModelFailed(ServiceError):  # noqa: N818
    """The language model gave nothing usable: the narrator writes instead.

    ``reason``: unreachable (no connection), refused (4xx: key, model, request), rate-limited (429 after the retries),
    server-error (5xx after the retries), timeout (the deadline passed), empty, cut (the stream ended without its end,
    or at the token limit), malformed (not the asked-for form), declined (the model's own filter).
    """

    code = "model-failed"

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(detail)
        self.reason: FailureReason = reason

    def __reduce__(self) -> tuple[type[ModelFailed], tuple[FailureReason, str]]:
        """Survive being recorded by the job queue."""
        return type(self), (self.reason, self.detail)


class BlobDamaged(ServiceError):  # noqa: N818
    """Stored bytes no longer match their hash: the operator must restore them from a backup."""

    code = "blob-damaged"


class ConfigurationError(ServiceError):
    """A setting is wrong: the operator must change it before the service can start."""

    code = "configuration"


class JobFailed(ServiceError):  # noqa: N818
    """An accepted job failed in every attempt; it is kept, and tried again when the service next starts."""

    code = "job-failed"

    def __init__(
        self, detail: str = "The draft failed and will be tried again when the service next starts; the study is kept."
    ) -> None:
        super().__init__(detail)
