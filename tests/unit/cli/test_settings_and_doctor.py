from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from models.base import ExpertError
from models.runtime.precision import Precision
from service.bootstrap.llm import load_models
from service.bootstrap.panel import begin_panel, load_experts, load_panel
from service.cli import main
from service.cli.app import app
from service.cli.common import settings_or_exit
from service.cli.serve import check_host
from service.domain.errors import ConfigurationError
from service.settings import PRECISIONS, Settings
from service.storage.blobs import open_blobs
from tests.fakes import FakeExpert, FakeModel


def build_fake(_options: dict[str, str]) -> FakeExpert:
    return FakeExpert()


def build_telling(options: dict[str, str]) -> FakeExpert:
    return FakeExpert(options.get("precision", "f32"))


def build_also_telling(options: dict[str, str]) -> FakeExpert:
    return build_telling(options)


def build_broken(_options: dict[str, str]) -> FakeExpert:
    raise ExpertError("its weights are missing")


def build_model(options: dict[str, str]) -> FakeModel:
    model = FakeModel(name="fake:" + options["model"])
    model.problem = "The server cannot be reached." if options["model"] == "gone" else None
    return model


FAKE, BROKEN, MODEL, TELLING, ALSO_TELLING = (
    f"{__name__}:build_{name}" for name in ("fake", "broken", "model", "telling", "also_telling")
)


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to be in, with a fake expert and no other setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_EXPERTS", FAKE)
    return tmp_path


def doctor(*, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == code, result.output
    return result.output


def line_of(setting: str, output: str) -> list[str]:
    (line,) = [line for line in output.splitlines() if line.startswith(f"{setting} ")]
    return line.split()[1:]


def test_a_fresh_machine_needs_no_setting(monkeypatch: pytest.MonkeyPatch, site: Path) -> None:
    monkeypatch.delenv("CXR_EXPERTS")
    settings = Settings()
    assert (settings.llm, settings.auth, settings.experts) == ("narrator", "off", "auto")
    assert settings.database == f"sqlite:///{site}/var/scribe.sqlite"
    assert settings.job_database == f"sqlite:///{site}/var/scribe.jobs.sqlite"
    assert settings.blobs == (site / "var" / "blobs").as_uri()


def test_what_is_given_stays_as_it_is() -> None:
    settings = Settings(database_url="postgresql://db/cxr", blob_url="file:///films")
    assert (settings.database, settings.job_database) == ("postgresql://db/cxr", "postgresql://db/cxr")
    assert settings.blobs == "file:///films"


def test_the_environment_wins_over_the_file(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / ".env").write_text("CXR_LLM_MODEL=from-file\nCXR_MAX_FILES=7\n")
    monkeypatch.setenv("CXR_LLM_MODEL", "from-environment")
    assert (Settings().llm_model, Settings().max_files) == ("from-environment", 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CXR_MAX_FILES", "s3cret"),
        ("CXR_MAX_FILES", "0"),
        ("CXR_AUTH", "s3cret"),
        ("CXR_LLM_DEADLINE_S", "-1"),
        ("CXR_EXPERT_PRECISION", "embedded=s3cret"),
        ("CXR_EXPERT_PRECISION", "int8,"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refusal:
        settings_or_exit()
    assert name in refusal.value.detail
    assert "s3cret" not in refusal.value.detail


def test_the_doctor_tells_each_setting_with_its_source(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / ".env").write_text("CXR_MAX_FILES=7\ncxr_max_drafts=3\n")
    monkeypatch.setenv("CXR_LOG_LEVEL", "error")
    output = doctor()
    assert line_of("CXR_MAX_FILES", output) == ["7", ".env"]
    assert line_of("CXR_MAX_DRAFTS", output) == ["3", ".env"]
    assert line_of("CXR_LOG_LEVEL", output) == ["error", "environment"]
    assert line_of("CXR_LLM", output) == ["narrator", "default"]
    assert line_of("CXR_LLM_MODEL", output) == ["-", "default"]
    assert "Everything works." in output
    assert all(f"CXR_{name.upper()} " in output for name in Settings.model_fields)


def test_the_doctor_prints_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_LLM_API_KEY", "s3cret-key")
    monkeypatch.setenv("CXR_DATABASE_URL", "postgresql://cxr:s3cret-word@db.local/cxr")
    monkeypatch.setenv("CXR_LLM_BASE_URL", "https://me:s3cret-too@llm.local/v1")
    output = CliRunner().invoke(app, ["doctor"]).output
    assert "s3cret" not in output
    assert line_of("CXR_LLM_API_KEY", output)[0] == "(set)"
    assert line_of("CXR_DATABASE_URL", output)[0] == "postgresql://***@db.local/cxr"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CXR_EXPERTS", BROKEN, "its weights are missing"),
        ("CXR_EXPERTS", "nobody", "nobody"),
        ("CXR_LLM", "nothing", "nothing"),
        ("CXR_LLM_MODLE", "typo", "CXR_LLM_MODLE (environment) is no setting"),
        ("CXR_DATA_DIR", "a-file/folder", "CXR_DATA_DIR"),
        ("CXR_DATABASE_URL", "mysql://db/cxr", "CXR_DATABASE_URL: This version keeps its data in"),
        ("CXR_DATABASE_URL", "sqlite:///a-file", "CXR_DATABASE_URL: The database does not answer: file is not a"),
        ("CXR_DATABASE_URL", "sqlite:///a-file/cxr.db", "CXR_DATABASE_URL: nothing can be written in"),
        ("CXR_DATABASE_URL", "postgresql:///cxr?host=/nonexistent", "CXR_DATABASE_URL: The database does not answer"),
        ("CXR_SITE_TEMPLATE", "a-file", "CXR_SITE_TEMPLATE: a-file: "),
        ("CXR_SITE_TEMPLATE", "nowhere.toml", "CXR_SITE_TEMPLATE: nowhere.toml: [Errno 2] No such file"),
        ("CXR_BLOB_URL", "s3://films", "CXR_BLOB_URL: This version keeps its files in a folder"),
        ("CXR_BLOB_URL", (Path.cwd() / "pyproject.toml").as_uri(), "CXR_BLOB_URL: The folder of the blobs cannot"),
    ],
)
def test_the_doctor_says_what_is_wrong(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    Path("a-file").write_text("a letter, not a database\n" * 100)
    output = doctor(code=1)
    assert any(line.startswith("problem: ") and said in line for line in output.splitlines())
    assert "Everything works." not in output


@pytest.mark.parametrize("key", ["CXR_LLM_MODLE", "cxr_llm_modle"])
def test_the_doctor_finds_a_typo_in_the_file_too(site: Path, key: str) -> None:
    (site / ".env").write_text(f"{key}=s3cret\nOTHER_MODLE=x\n")
    output = doctor(code=1)
    assert "problem: CXR_LLM_MODLE (.env) is no setting of this version" in output
    assert "OTHER" not in output
    assert "s3cret" not in output


def test_the_doctor_changes_nothing(site: Path) -> None:
    doctor()
    assert not list(site.iterdir())


def test_a_database_and_a_store_in_use_are_fine() -> None:
    CliRunner().invoke(app, ["migrate"])
    open_blobs(Settings().blobs)
    assert "Everything works." in doctor()


def test_the_doctor_asks_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_LLM", MODEL)
    monkeypatch.setenv("CXR_LLM_MODEL", "gone")
    assert "problem: fake:gone: The server cannot be reached." in doctor(code=1)
    monkeypatch.setenv("CXR_LLM_MODEL", "there")
    doctor()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_without_keys_loopback_is_served(host: str) -> None:
    check_host(Settings(auth="off"), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.7", "cxr.example.org", "localhost.example.org"])  # noqa: S104 - what must be refused
def test_without_keys_nothing_else_is_served(host: str) -> None:
    with pytest.raises(ConfigurationError, match="CXR_AUTH=keys"):
        check_host(Settings(auth="off"), host)
    check_host(Settings(auth="keys"), host)


def test_experts_are_loaded_in_their_order_and_a_broken_one_is_a_wrong_setting() -> None:
    experts = load_experts(Settings(experts=f"{FAKE}, {FAKE}"))
    assert len(experts) == 2
    with pytest.raises(ConfigurationError, match="its weights are missing"):
        load_experts(Settings(experts=f"{FAKE},{BROKEN}"))


@pytest.mark.parametrize(
    ("stated", "given"),
    [
        ("f32", ["f32", "f32"]),
        ("bf16", ["bf16", "bf16"]),
        (f"{TELLING}=int8", ["f32", "int8"]),
        (f"bf16, {TELLING}=f32", ["bf16", "f32"]),
        ("anatomy=int8", ["f32", "f32"]),
    ],
)
def test_a_precision_is_of_all_networks_or_of_one(stated: str, given: list[str]) -> None:
    experts = load_experts(Settings(experts=f"{ALSO_TELLING},{TELLING}", expert_precision=stated))
    assert [expert.card.name for expert in experts] == given


def test_the_precisions_of_the_settings_are_those_of_the_networks() -> None:
    assert tuple(Precision) == PRECISIONS


def test_the_precision_of_a_network_that_is_not_active_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="CXR_EXPERT_PRECISION names embedded, which is not active"):
        load_experts(Settings(experts=FAKE, expert_precision="embedded=int8"))


def test_the_narrator_is_always_there() -> None:
    assert list(load_models(Settings())) == ["narrator"]
    assert list(load_models(Settings(llm=MODEL, llm_model="m"))) == ["narrator", MODEL]


def test_an_error_of_ours_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["cxr", "serve", "--host", "0.0.0.0"])  # noqa: S104 - what must be refused
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_cards_are_printed_and_an_inactive_expert_has_none() -> None:
    assert '"name": "fake"' in CliRunner().invoke(app, ["experts", "card"]).output
    assert CliRunner().invoke(app, ["experts", "card", "nobody"]).exit_code == typer.BadParameter("x").exit_code


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.strip().count(".") == 2


def test_keys_are_made_listed_and_revoked_and_shown_once() -> None:
    runner = CliRunner()
    secret = runner.invoke(app, ["keys", "create", "ward 3"]).output.strip()
    listed = runner.invoke(app, ["keys", "list"]).output
    assert secret.startswith("cxr_")
    assert "ward 3\t" in listed
    assert "valid" in listed
    assert secret not in listed
    assert runner.invoke(app, ["keys", "revoke", "ward 3"]).exit_code == 0
    assert "revoked" in runner.invoke(app, ["keys", "list"]).output


def test_the_database_is_brought_up_to_date_once() -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["migrate"]).output.startswith("Applied: ")
    assert "up to date" in runner.invoke(app, ["migrate"]).output


def test_a_panel_that_was_begun_is_the_one_that_is_loaded_once() -> None:
    settings = Settings()
    begin_panel(settings)
    begun, loaded = load_panel(Settings()), load_panel(settings)
    assert begun is not loaded
    assert [card.name for card in begun.cards] == [card.name for card in loaded.cards] == ["fake", "anatomy"]


def test_a_panel_begun_for_other_settings_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_panel(Settings())
    monkeypatch.setenv("CXR_EXPERTS", TELLING)
    assert load_panel(Settings()).cards[0].name == "f32"


def test_what_fails_ahead_is_told_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_EXPERTS", BROKEN)
    begin_panel(Settings())
    with pytest.raises(ConfigurationError, match="its weights are missing"):
        load_panel(Settings())
