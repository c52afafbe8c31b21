from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.built_app import write_build, write_small_build
from tests.support.release_phase import run_without_compilers


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_small_build(tmp_path)
    return tmp_path


def test_upload_works_without_compilers_and_twice(project: Path) -> None:
    first = json.loads(run_without_compilers(project, "upload", "--json").stdout)["result"]
    again = json.loads(run_without_compilers(project, "upload", "--json").stdout)["result"]
    assert (len(first["put"]), first["recorded_anew"]) == (8, True)
    assert (again["put"], again["skipped"], again["recorded_anew"]) == ([], 8, False)
    assert run_without_compilers(project, "verify").returncode == 0
    assert (
        len(json.loads(run_without_compilers(project, "releases", "--json").stdout)["result"]) == 1
    )
    assert run_without_compilers(project, "prune").returncode == 0


def test_releases_mark_the_current_one_and_the_build_that_is_here(project: Path) -> None:
    for app in ("live", "staging"):
        run_without_compilers(project, "upload", HEROKU_APP_NAME=app)
    write_build(project, {"a.css": b"a{}"})
    run_without_compilers(project, "upload", HEROKU_APP_NAME="staging")
    found = json.loads(run_without_compilers(project, "releases", "--json").stdout)["result"]
    assert [(one["app"], one["current"], one["built"]) for one in found] == [
        ("live", True, False),
        ("staging", False, False),
        ("staging", True, True),
    ]
    lines = run_without_compilers(project, "releases").stdout.splitlines()
    assert [line.partition("kB")[2] for line in lines[:2]] == ["  current", ""]
    assert lines[2].endswith("  current, built here")


def test_dry_run_lists_each_put_with_its_reason(project: Path) -> None:
    done = run_without_compilers(project, "upload", "--dry-run")
    assert done.returncode == 0
    assert "put robots.txt (new, " in done.stdout
    assert not (project / ".assetbuild").exists()


def test_missing_variables_are_one_error_and_no_secret_shows(project: Path) -> None:
    done = run_without_compilers(
        project, "upload", DYNO="release.1", AWS_SECRET_ACCESS_KEY="very-secret"
    )
    assert done.returncode == 1
    assert done.stderr.count("publish/") == done.stderr.count("publish/missing-variable: ") == 1
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    assert "very-secret" not in done.stdout + done.stderr


def test_release_becomes_the_command_and_has_its_exit_code(project: Path) -> None:
    done = run_without_compilers(project, "release", "--", "sh", "-c", "echo migrated; exit 7")
    assert (done.returncode, done.stdout) == (7, "migrated\n")
    assert (project / ".assetbuild/store/robots.txt").exists()


def test_command_does_not_run_when_publishing_failed(project: Path) -> None:
    (project / "public/assets/robots.txt").unlink()
    done = run_without_compilers(project, "release", "--", "echo", "migrated")
    assert (done.returncode, done.stdout) == (1, "")


def test_bucket_setup_prints_the_policy(project: Path) -> None:
    url = "s3://shop/assets?region=eu-west-1"
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "very-secret"}
    done = run_without_compilers(
        project, "bucket", "setup", "--json", ASSETBUILD_S3_URL=url, **keys
    )
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
