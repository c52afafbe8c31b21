"""No secret shows: not in any output of any command, nor in a report of our bug, nor in the bucket."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.publish.remote import BUCKET, ROOT, Remote

SECRETS = {
    "AWS_SESSION_TOKEN": "secret-session-token",
    "DATABASE_URL": "postgres://app:secret-database@db.example/app",
    "APP_KEY": "secret-application-key",
}
COMMANDS = (
    ("upload",),
    ("upload", "--dry-run"),
    ("upload", "--force"),
    ("verify",),
    ("releases",),
    ("prune",),
    ("bucket", "setup"),
    ("release", "--", "true"),  # becomes the command: the last of a process
)
FORMATS = ((), ("-v",), ("--json",), ("--format", "github"), ("--format", "sarif"))
# one process for all: variables to set, arguments
MAIN = """
import json, os, sys
from assetbuild.cli.main import main
for env, argv in json.loads(sys.argv[1]):
    os.environ.update(env)
    main(argv)
"""
CRASH = MAIN.replace(
    "for env",
    "import assetbuild.publish.calls as calls; calls.sign_request = lambda *a: 1 // 0\nfor env",
)
Line = tuple[dict[str, str], list[str]]


def run(remote: Remote, code: str, lines: list[Line]) -> str:
    """Return everything that the commands say, with what the files they name say."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(remote.project),
        "PYTHONPATH": str(ROOT),
        **remote.env(),
        **SECRETS,
    }
    if remote.server.is_real:
        del env["AWS_SESSION_TOKEN"]  # it would be refused
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(lines)],
        cwd=remote.project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    for name in re.findall(r"/\S+\.txt\b", said):
        said += Path(name).read_text()
        Path(name).unlink()
    return said


def assert_secretless(remote: Remote, text: str) -> None:
    for secret in (remote.server.secret_key, *SECRETS.values()):
        assert secret not in text


def with_form(command: tuple[str, ...], form: tuple[str, ...]) -> list[str]:
    at = command.index("--") if "--" in command else len(command)
    return [*command[:at], *form, *command[at:]]


def test_no_command_shows_a_secret(remote: Remote) -> None:
    lines: list[Line] = [
        ({}, with_form(command, form)) for command in COMMANDS[:-1] for form in FORMATS
    ]
    said = run(remote, MAIN, [*lines, ({}, list(COMMANDS[-1]))])
    # once anew, and forced in the three forms for people
    assert said.count("release recorded") == 4
    assert_secretless(remote, said)


def test_no_failure_shows_a_secret(remote: Remote) -> None:
    (remote.project / "assetbuild.toml").write_text("[publish]\nattempts = 1\n")
    url = f"s3://{BUCKET}/x?region=r&endpoint=http://127.0.0.1:9"
    with_keys = f"s3://id:{remote.server.secret_key}@{BUCKET}/"
    lines: list[Line] = [
        ({"ASSETBUILD_S3_URL": one}, with_form(("upload",), form))
        for form in FORMATS
        for one in (url, url + "&checksun=md5", with_keys)
    ]
    said = run(remote, MAIN, lines)
    for code in ("publish/store-unavailable", "publish/bad-option", "publish/bad-url"):
        assert said.count(code) >= len(FORMATS)
    assert_secretless(remote, said)


def test_report_of_a_bug_holds_no_secret(remote: Remote) -> None:
    said = run(remote, CRASH, [({}, ["upload", "-v"]), ({}, ["upload", "--json"])])
    assert said.count("ZeroDivisionError") >= 4  # told, and in each report
    assert "sign_request" in said  # the traceback is there
    assert_secretless(remote, said)


def test_bucket_holds_no_secret(remote: Remote) -> None:
    remote.upload({**SECRETS} if not remote.server.is_real else {"APP_KEY": SECRETS["APP_KEY"]})
    with remote.open() as store:
        kept = b"".join(store.read(one.key) or b"" for one in list(store.list_objects()))
    assert len(kept) > 1000
    assert_secretless(remote, kept.decode("latin-1"))
