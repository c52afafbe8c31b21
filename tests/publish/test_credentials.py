"""Every way of the AWS chain to keys, each against a real HTTP server, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.publish.credentials import read_profile
from assetbuild.publish.target import Profile
from tests.publish.remote import BUCKET, ROOT, Remote
from tests.support.http_server import run_http_server

TOKEN = "container-token-that-must-not-show"


class _Answer(ThreadingHTTPServer):
    """Answers every request with one status and document, and notes what was asked."""

    status = 200
    data = b""
    asked: list[tuple[str, str, str]]  # method, path, Authorization
    bodies: list[bytes]


class _AnswerHandler(BaseHTTPRequestHandler):
    server: _Answer

    def log_message(self, format: str, *args: object) -> None:
        return

    def _handle(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers.get("content-length") or 0)))
        told = (self.command, self.path, self.headers.get("authorization", ""))
        self.server.asked.append(told)
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(self.server.data)))
        self.end_headers()
        self.wfile.write(self.server.data)

    do_GET = do_POST = _handle


@contextmanager
def answering(status: int, data: bytes) -> Iterator[tuple[_Answer, str]]:
    server = _Answer(("127.0.0.1", 0), _AnswerHandler)
    server.status, server.data, server.asked, server.bodies = status, data, [], []
    with run_http_server(server) as url:
        yield server, url


@pytest.fixture
def keyless(remote: Remote, tmp_path: Path) -> dict[str, str]:
    """The environment of a bucket without keys, and a home that holds none."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env = remote.env()
    del env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    home = tmp_path / "home"
    home.mkdir()
    return {
        **kept,
        **env,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def upload(remote: Remote, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "assetbuild", "upload", "-v"],
        cwd=remote.project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert remote.server.secret_key not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done


def keys_document(remote: Remote) -> bytes:
    later = datetime.now(timezone.utc) + timedelta(hours=1)
    return json.dumps(
        {
            "AccessKeyId": remote.server.access_key,
            "SecretAccessKey": remote.server.secret_key,
            "Token": None if remote.server.is_real else TOKEN,
            "Expiration": later.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    ).encode()


def test_profile_gives_the_keys(remote: Remote, keyless: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        f"[shop]\naws_access_key_id = {remote.server.access_key}\n"
        f"aws_secret_access_key = {remote.server.secret_key}\n"
    )
    env = {**keyless, "AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_PROFILE": "shop"}
    done = upload(remote, env)
    assert (done.returncode, len(remote.assets())) == (0, 8), done.stderr
    assert "credentials from the AWS credential chain" in done.stderr


def test_profile_gives_region_and_endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        "[profile shop]\nregion = eu-north-1\nendpoint_url = https://all.example\n"
        "[profile own]\nservices = local\nendpoint_url = https://all.example\n"
        "[services local]\ns3 =\n  endpoint_url = https://s3.example\n"
        "[profile deaf]\nendpoint_url = https://all.example\n"
        "ignore_configured_endpoint_urls = true\n[profile bare]\n"
    )
    for name in ("AWS_DEFAULT_REGION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    wanted = {
        "shop": Profile(region="eu-north-1", endpoint="https://all.example"),
        "own": Profile(endpoint="https://s3.example"),
        "deaf": Profile(),
        "bare": Profile(),
    }
    for name, profile in wanted.items():
        monkeypatch.setenv("AWS_PROFILE", name)
        assert read_profile() == profile
    monkeypatch.setenv("AWS_PROFILE", "own")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert read_profile() == Profile()
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(AssetbuildError, match="nobody"):
        read_profile()


def test_program_of_a_profile_gives_the_keys(
    remote: Remote, keyless: dict[str, str], tmp_path: Path
) -> None:
    answer = tmp_path / "keys.json"
    document = {**json.loads(keys_document(remote)), "Version": 1}
    document["SessionToken"] = document.pop("Token")
    answer.write_text(json.dumps(document))
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = cat {answer}\n")
    done = upload(remote, {**keyless, "AWS_CONFIG_FILE": str(config)})
    assert (done.returncode, len(remote.assets())) == (0, 8), done.stderr


def test_container_gives_the_keys(remote: Remote, keyless: dict[str, str]) -> None:
    with answering(200, keys_document(remote)) as (server, url):
        env = {
            **keyless,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/keys",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN,
        }
        done = upload(remote, env)
    assert (done.returncode, len(remote.assets())) == (0, 8), done.stderr
    # asked once, not for each request
    assert server.asked == [("GET", "/keys", TOKEN)]


@pytest.fixture
def web_identity(keyless: dict[str, str], tmp_path: Path) -> dict[str, str]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    return {
        **keyless,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/publisher",
        "AWS_ROLE_SESSION_NAME": "release",
    }


def test_web_identity_is_changed_for_keys(remote: Remote, web_identity: dict[str, str]) -> None:
    if remote.server.is_real:
        pytest.skip("the real server has no STS; moto has one")
    env = {**web_identity, "DYNO": "release.1", "AWS_ENDPOINT_URL_STS": remote.server.endpoint}
    done = upload(remote, env)
    assert (done.returncode, len(remote.assets())) == (0, 8), done.stderr


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (400, "ExpiredTokenException")]
)
def test_web_identity_that_is_refused_is_told(
    remote: Remote, web_identity: dict[str, str], status: int, code: str
) -> None:
    document = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>Not authorized</Message></Error>"
        "<RequestId>1</RequestId></ErrorResponse>"
    )
    with answering(status, document.encode()) as (_, url):
        done = upload(remote, {**web_identity, "AWS_ENDPOINT_URL_STS": url})
    assert (done.returncode, remote.names()) == (1, set())
    assert "publish/no-credentials" in done.stderr
    assert code in done.stderr


def test_sso_session_that_ended_says_how_to_log_in(
    remote: Remote, keyless: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile team]\nsso_session = team\nsso_account_id = 123456789012\nsso_role_name = dev\n"
        "[sso-session team]\nsso_region = eu-west-1\nsso_start_url = https://team.example/start\n"
    )
    done = upload(remote, {**keyless, "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "team"})
    assert done.returncode == 1
    assert "publish/no-credentials" in done.stderr
    assert "aws sso login" in done.stderr


def test_profile_that_does_not_exist_is_told(remote: Remote, keyless: dict[str, str]) -> None:
    done = upload(remote, {**keyless, "AWS_PROFILE": "nobody"})
    assert done.returncode == 1
    assert "publish/no-credentials" in done.stderr
    assert "nobody" in done.stderr


def test_no_keys_anywhere_is_told(remote: Remote, keyless: dict[str, str]) -> None:
    done = upload(remote, keyless)
    assert done.returncode == 1
    assert "publish/no-credentials" in done.stderr
    assert f"s3://{BUCKET}" in done.stderr
