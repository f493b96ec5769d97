"""Every setting of the service: environment variables ``CXR_*`` or a ``.env`` file, read once, in bootstrap."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Mebibyte = 1 << 20

PRECISIONS = ("f32", "bf16", "f16", "int8")


def _precisions(stated: str) -> dict[str, str]:
    """Take ``PRECISION`` or ``NAME=PRECISION,...`` apart: precisions by name, "" for the one without a name."""
    parts = [part.rpartition("=") for part in stated.split(",")]
    return {name.strip(): precision.strip() for name, _, precision in parts}


def _checked_precisions(stated: str) -> str:
    if set(_precisions(stated).values()) <= set(PRECISIONS):
        return stated
    raise ValueError(f"must be one of {', '.join(PRECISIONS)}, for all networks or as NAME=int8,...")


class Settings(BaseSettings):
    """The settings, with defaults that let ``make run`` work on a fresh machine."""

    model_config = SettingsConfigDict(env_prefix="CXR_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Annotated[Path, Field(description="Where everything is kept")] = Path("var")
    database_url: Annotated[
        str | None, Field(description="sqlite:///path or postgresql://...; in the data folder when unset")
    ] = None
    blob_url: Annotated[str | None, Field(description="file:///folder; in the data folder when unset")] = None

    cache_dir: Annotated[Path, Field(description="What can be made again: compiled networks")] = (
        Path.home() / ".cache" / "cxr-scribe"
    )

    process: Annotated[
        str, Field(description="Name of this process among those that share a database; the same after a restart")
    ] = "local"

    experts: Annotated[str, Field(description="Comma-separated plugs of cxr.experts, or auto")] = "auto"
    segmenter: Annotated[str, Field(description="Plug of cxr.segmenters that finds lungs and heart")] = "anatomy"
    expert_threads: Annotated[int, Field(ge=0, description="Threads of inference; 0: as many as the quota allows")] = 0
    expert_device: Annotated[
        Literal["auto", "cpu", "cuda"], Field(description="auto: CUDA where driver, torch and program are there")
    ] = "auto"
    expert_precision: Annotated[
        str,
        Field(description="f32, bf16, f16 or int8, less than f32 only where the card holds its loss; or NAME=int8,..."),
        AfterValidator(_checked_precisions),
    ] = "f32"

    llm: Annotated[str, Field(description="narrator, openai, local, or module:attr")] = "narrator"
    llm_base_url: Annotated[str | None, Field(description="Base URL of an OpenAI-compatible server, with /v1")] = None
    llm_api_key: Annotated[SecretStr | None, Field(description="Key for that server")] = None
    llm_model: Annotated[str | None, Field(description="Model name there, or the path of a GGUF file (local)")] = None
    llm_api_version: Annotated[str | None, Field(description="Set for Azure OpenAI only")] = None
    llm_deadline_s: Annotated[float, Field(gt=0, description="Seconds a generation may take, retries included")] = 60.0
    llm_silence_s: Annotated[
        float, Field(gt=0, description="Seconds without a token after which a model is given up")
    ] = 30.0
    llm_threads: Annotated[
        int, Field(ge=0, description="Threads of the local model; 0: as many as the quota allows")
    ] = 0
    llm_max_tokens: Annotated[int, Field(gt=0, description="Tokens a generation may have")] = 800
    llm_max_retries: Annotated[int, Field(ge=0, description="Tries again after 429, 5xx and lost connections")] = 2
    llm_context_tokens: Annotated[int, Field(gt=0, description="Context of the model: conversations are cut to it")] = (
        8192
    )

    llm_structured: Annotated[
        Literal["on", "off"], Field(description="on: drafts are asked for as JSON, until the model's server refuses")
    ] = "on"

    guard: Annotated[
        Literal["repair", "mark", "refuse"],
        Field(description="What becomes of a sentence that nothing supports: written anew, marked, or no draft at all"),
    ] = "repair"
    guard_retries: Annotated[
        int, Field(ge=0, le=5, description="Times the model is asked to mend its sentences before the narrator does")
    ] = 1

    corpus: Annotated[str, Field(description="Reports to learn style from: off, folder:/path, openi, module:attr")] = (
        "off"
    )
    knowledge: Annotated[
        Path | None, Field(description="Folder of the site's own documents, which answers may cite")
    ] = None
    site_template: Annotated[Path | None, Field(description="TOML file with the site's phrases and macros")] = None

    auth: Annotated[Literal["off", "keys"], Field(description="off: on loopback only; keys: cxr keys create")] = "off"

    max_upload_bytes: Annotated[int, Field(gt=0, description="Largest upload")] = 512 * Mebibyte
    max_files: Annotated[int, Field(gt=0, description="Most files of an upload, zip members included")] = 64
    decode_workers: Annotated[int, Field(gt=0, description="Processes that decode images")] = 1
    decode_timeout_s: Annotated[float, Field(gt=0, description="Seconds a file may take to decode")] = 20.0
    decode_memory_bytes: Annotated[int, Field(gt=0, description="Address space of a decoder")] = 4096 * Mebibyte
    max_waiting: Annotated[
        int, Field(gt=0, description="Studies that may wait to be read and drafted; more are asked to come again")
    ] = 256
    max_drafts: Annotated[int, Field(gt=0, description="Drafts in progress at a time in this process")] = 8

    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="How much is logged")] = "info"
    log_format: Annotated[Literal["auto", "json", "console"], Field(description="auto: console on a terminal")] = "auto"

    @property
    def precisions(self) -> Mapping[str, str]:
        """The precision of each network that has one of its own; under "" that of all others."""
        return {"": "f32"} | _precisions(self.expert_precision)

    @property
    def pulled_dir(self) -> Path:
        """Where pulled networks lie."""
        return self.data_dir / "experts"

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'scribe.sqlite'}"

    @property
    def job_database(self) -> str:
        """Where durable jobs are recorded: beside the SQLite database, or in the same PostgreSQL."""
        if self.database.startswith("sqlite:"):
            return self.database.removesuffix(".sqlite") + ".jobs.sqlite"
        return self.database

    @property
    def blobs(self) -> str:
        """The blob store's URL, with the default filled in."""
        return self.blob_url or (self.data_dir.absolute() / "blobs").as_uri()
