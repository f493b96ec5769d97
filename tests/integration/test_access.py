"""Who may call, and that nobody sees another's conversation."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.factories import png
from tests.server import CXR, Json, Server, events, running, upload

TURNS = 16


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server that asks for keys and whose model takes its time."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = {"auth": "keys", "experts": "tests.plugs:expert", "llm": "tests.plugs:slow_model"}
    with running(folder, **settings) as server:
        yield server


@pytest.fixture(scope="module")
def keys(guarded: Server) -> tuple[str, str]:
    """Return the keys of two users, made while the server runs."""
    return guarded.run("keys", "create", "alice").strip(), guarded.run("keys", "create", "bob").strip()


@pytest.fixture(scope="module")
def study(guarded: Server, keys: tuple[str, str]) -> Json:
    with guarded.client(keys[0]) as alice:
        response = upload(alice, png(1))
    assert response.status_code == 201, response.text
    body: Json = response.json()
    return body


def ask(client: httpx.Client, study: Json, message: str) -> Json:
    """Ask, and return the answer as it was stored."""
    with client.stream("POST", study["links"]["chat"], json={"message": message}) as stream:
        *_, (name, turn) = events(stream)
    assert name == "done"
    return turn


def history(client: httpx.Client, study: Json) -> list[Json]:
    items: list[Json] = client.get(study["links"]["chat"]).json()["items"]
    return items


@pytest.mark.parametrize("key", [None, "cxr_invented"])
def test_without_a_valid_key_nothing_is_told(guarded: Server, study: Json, key: str | None) -> None:
    with guarded.client(key) as stranger:
        for path in (*study["links"].values(), study["images"][0]["links"]["preview"], "/api/v1/studies"):
            method = "POST" if path.endswith("/reports") else "GET"
            response = stranger.request(method, path)
            assert response.status_code == 401, path
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.headers["content-type"] == "application/problem+json"
        assert upload(stranger, png(1)).status_code == 401
        assert stranger.get("/healthz").status_code == stranger.get("/readyz").status_code == 200


def test_conversations_that_run_at_once_never_mix(guarded: Server, keys: tuple[str, str], study: Json) -> None:
    names = ("alice", "bob")
    clients = [guarded.client(key) for key in keys]
    sent = [[f"{name} asks {number} of the effusion" for number in range(TURNS // 2)] for name in names]
    with ThreadPoolExecutor(TURNS) as pool:
        answers = [
            pool.submit(ask, client, study, message)
            for client, messages in zip(clients, sent, strict=True)
            for message in messages
        ]
        ids = [answer.result()["id"] for answer in answers]
    assert len(set(ids)) == TURNS
    for client, messages in zip(clients, sent, strict=True):
        turns = history(client, study)
        assert sorted(turn["text"] for turn in turns if turn["role"] == "user") == sorted(messages)
        assert len([turn for turn in turns if turn["role"] == "assistant"]) == TURNS // 2
        client.close()


def test_who_leaves_in_the_middle_of_an_answer_finds_what_was_said(
    guarded: Server, keys: tuple[str, str], study: Json
) -> None:
    with guarded.client(keys[1]) as bob:
        before = len(history(bob, study))
        with bob.stream("POST", study["links"]["chat"], json={"message": "Is it large?"}) as stream:
            assert next(events(stream))[0] == "delta"
        ask(bob, study, "And now?")
        turns = history(bob, study)[before:]
    assert [turn["role"] for turn in turns].count("assistant") == 2
    (left,) = [turn for turn in turns if turn["state"] == "cancelled"]
    assert left["text"].startswith("FINDINGS")


def test_a_revoked_key_opens_nothing_from_then_on(guarded: Server) -> None:
    with guarded.client(guarded.run("keys", "create", "carol").strip()) as carol:
        assert carol.get("/api/v1/studies").status_code == 200
        guarded.run("keys", "revoke", "carol")
        assert carol.get("/api/v1/studies").status_code == 401


def test_no_key_is_in_the_log_or_in_the_data(guarded: Server, keys: tuple[str, str]) -> None:
    stored = b"".join(path.read_bytes() for path in guarded.data.rglob("*") if path.is_file())
    for key in keys:
        assert key not in guarded.log
        assert key.encode() not in stored


def test_without_keys_only_loopback_is_bound(guarded: Server) -> None:
    environment = guarded.environment | {"CXR_AUTH": "off"}
    command = [str(CXR), "serve", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104 - what must be refused
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "CXR_AUTH=keys" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_second_server_on_the_same_folder_is_refused(guarded: Server) -> None:
    command = [str(CXR), "serve", "--port", "0"]
    refused = subprocess.run(command, env=guarded.environment, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 3
    assert "Traceback" not in refused.stderr
    (line,) = [line for line in refused.stderr.splitlines() if "Another cxr-scribe uses the folder" in line]
    assert json.loads(line)["level"] == "error"


def test_a_folder_that_cannot_be_made_is_told_in_one_line(guarded: Server) -> None:
    environment = guarded.environment | {"CXR_DATA_DIR": "/dev/null/folder"}
    command = [str(CXR), "serve", "--port", "0"]
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 3
    assert "Traceback" not in refused.stderr
    assert "CXR_DATA_DIR" in refused.stderr
