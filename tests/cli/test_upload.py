from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.built_app import write_build, write_small_build

ROOT = Path(__file__).parent.parent.parent
# what a slug of the release phase does not have
ABSENT = ("sass", "dukpy", "PIL", "rcssmin", "brotli", "deflate", "boto3", "botocore", "yaml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_small_build(tmp_path)
    return tmp_path


def run(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({ABSENT!r}));"
        "from assetbuild.cli.main import main; sys.exit(main())"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_upload_works_without_compilers_and_twice(project: Path) -> None:
    first = json.loads(run(project, "upload", "--json").stdout)["result"]
    again = json.loads(run(project, "upload", "--json").stdout)["result"]
    assert (len(first["put"]), first["recorded_anew"]) == (8, True)
    assert (again["put"], again["skipped"], again["recorded_anew"]) == ([], 8, False)
    assert run(project, "verify").returncode == 0
    assert len(json.loads(run(project, "releases", "--json").stdout)["result"]) == 1
    assert run(project, "prune").returncode == 0


def test_releases_mark_the_current_one_and_the_build_that_is_here(project: Path) -> None:
    for app in ("live", "staging"):
        run(project, "upload", HEROKU_APP_NAME=app)
    write_build(project, {"a.css": b"a{}"})
    run(project, "upload", HEROKU_APP_NAME="staging")
    found = json.loads(run(project, "releases", "--json").stdout)["result"]
    assert [(one["app"], one["current"], one["built"]) for one in found] == [
        ("live", True, False),
        ("staging", False, False),
        ("staging", True, True),
    ]
    lines = run(project, "releases").stdout.splitlines()
    assert [line.partition("kB")[2] for line in lines[:2]] == ["  current", ""]
    assert lines[2].endswith("  current, built here")


def test_dry_run_lists_each_put_with_its_reason(project: Path) -> None:
    done = run(project, "upload", "--dry-run")
    assert done.returncode == 0
    assert "put robots.txt (new, " in done.stdout
    assert not (project / ".assetbuild").exists()


def test_missing_variables_are_one_error_and_no_secret_shows(project: Path) -> None:
    done = run(project, "upload", DYNO="release.1", AWS_SECRET_ACCESS_KEY="very-secret")
    assert done.returncode == 1
    assert done.stderr.count("publish/") == done.stderr.count("publish/missing-variable: ") == 1
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    assert "very-secret" not in done.stdout + done.stderr


def test_release_becomes_the_command_and_has_its_exit_code(project: Path) -> None:
    done = run(project, "release", "--", "sh", "-c", "echo migrated; exit 7")
    assert (done.returncode, done.stdout) == (7, "migrated\n")
    assert (project / ".assetbuild/store/robots.txt").exists()


def test_command_does_not_run_when_publishing_failed(project: Path) -> None:
    (project / "public/assets/robots.txt").unlink()
    done = run(project, "release", "--", "echo", "migrated")
    assert (done.returncode, done.stdout) == (1, "")


def test_bucket_setup_prints_the_policy(project: Path) -> None:
    url = "s3://shop/assets?region=eu-west-1"
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "very-secret"}
    done = run(project, "bucket", "setup", "--json", ASSETBUILD_S3_URL=url, **keys)
    result = json.loads(done.stdout)["result"]
    policy = json.loads(result["policy"])
    assert [one["Sid"] for one in policy["Statement"]] == [
        "List",
        "Unfinished",
        "Publish",
        "Ledger",
    ]
    assert policy["Statement"][2]["Resource"] == "arn:aws:s3:::shop/assets/*"
    assert "<AllowedOrigin>*</AllowedOrigin>" in result["cors"]
    assert "very-secret" not in done.stdout
