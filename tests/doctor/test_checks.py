"""Each finding, from the facts that make it; and none from good facts."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assetbuild.buildpacks.procfile import join_release
from assetbuild.diagnostics import error
from assetbuild.disk import FolderRoom
from assetbuild.doctor.bucket import BucketFacts, check_bucket
from assetbuild.doctor.build import BuildFacts, check_build
from assetbuild.doctor.machine import FolderFact, MachineFacts, check_machine
from assetbuild.doctor.model import Check, name_some
from assetbuild.doctor.nginx import NginxFacts, check_nginx
from assetbuild.doctor.packs import PackFacts, check_packs
from assetbuild.doctor.release import ReleaseFacts, RuntimeFacts, check_release
from assetbuild.doctor.variables import KNOWN, VariableFacts, check_variables

ROOT = Path(__file__).parent.parent.parent
GOOD_ROOM = FolderRoom(trouble=None, free_bytes=10**11, free_inodes=10**6)


def codes(check: Check) -> list[str]:
    return [one.code for one in check.findings]


def machine(room: FolderRoom = GOOD_ROOM, **changed: Any) -> MachineFacts:
    facts = MachineFacts(
        python="3.12.1",
        node="/usr/bin/node",
        has_v8=False,
        scripts=500,
        folders=(FolderFact(role="cache", path="/c", room=room),),
    )
    return dataclasses.replace(facts, **changed)


@pytest.mark.parametrize(
    ("facts", "found", "state"),
    [
        (machine(), [], "ok"),
        (machine(node=None), ["doctor/no-node"], "warning"),
        (machine(node=None, has_v8=True), [], "ok"),
        (machine(node=None, scripts=3), [], "ok"),
        (
            machine(FolderRoom(trouble="Read-only file system", free_bytes=0, free_inodes=0)),
            ["doctor/unwritable-folder"],
            "error",
        ),
        (
            machine(FolderRoom(trouble=None, free_bytes=500_000_000, free_inodes=None)),
            ["doctor/low-disk"],
            "warning",
        ),
        (
            machine(FolderRoom(trouble=None, free_bytes=50_000_000, free_inodes=None)),
            ["doctor/disk-full"],
            "error",
        ),
        (
            machine(FolderRoom(trouble=None, free_bytes=10**11, free_inodes=12)),
            ["doctor/low-disk"],
            "warning",
        ),
    ],
)
def test_machine(facts: MachineFacts, found: list[str], state: str) -> None:
    check = check_machine(facts)
    assert (codes(check), check.state) == (found, state)


@pytest.mark.parametrize(
    ("facts", "found", "state"),
    [
        (BuildFacts(output="o", outputs=4), [], "ok"),
        (BuildFacts(output="o", outputs=None), ["doctor/not-built"], "warning"),
        (BuildFacts(output="o", outputs=None, must_exist=True), ["doctor/not-built"], "error"),
        (BuildFacts(output="o", outputs=4, missing=("a",)), ["doctor/missing-output"], "error"),
        (BuildFacts(output="o", outputs=4, changed=("a",)), ["doctor/changed-output"], "error"),
        (BuildFacts(output="o", outputs=4, difference="x"), ["doctor/stale-build"], "warning"),
        (
            BuildFacts(output="o", outputs=4, changed=("a",), difference="the output a"),
            ["doctor/changed-output"],
            "error",
        ),
    ],
)
def test_build(facts: BuildFacts, found: list[str], state: str) -> None:
    check = check_build(facts)
    assert (codes(check), check.state) == (found, state)


def test_many_names_are_counted() -> None:
    assert name_some(("a", "b", "c")) == '"a", "b", "c"'
    assert name_some(tuple("abcdefgh")) == '"a", "b", "c" and 5 more'


PACKS = PackFacts(
    labels=("https://x/node", "https://x/python"),
    source=".buildpacks",
    lockable=2,
    has_lock=True,
    drift=(),
    url=None,
    is_url_ours=False,
    beside=(),
)


@pytest.mark.parametrize(
    ("changed", "found", "state"),
    [
        ({}, [], "ok"),
        ({"labels": ()}, [], "skipped"),
        ({"has_lock": False}, ["doctor/no-lock"], "warning"),
        ({"has_lock": False, "lockable": 0}, [], "ok"),
        ({"url": "https://x/node"}, ["doctor/buildpack-url"], "error"),
        ({"url": "https://x/assetbuild", "is_url_ours": True}, [], "ok"),
        ({"labels": (), "url": "https://x/node"}, [], "ok"),
        ({"beside": ("https://x/node",)}, ["doctor/listed-twice"], "warning"),
        ({"beside": ("https://x/node",), "source": "app.json"}, [], "ok"),
        ({"drift": (error("lock/drift", "m"),)}, ["lock/drift"], "error"),
    ],
)
def test_packs(changed: Mapping[str, Any], found: list[str], state: str) -> None:
    check = check_packs(dataclasses.replace(PACKS, **changed))
    assert (codes(check), check.state) == (found, state)


RUNS = RuntimeFacts(has_launcher=True, has_profile=True, trouble=None, is_on_path=None)


def release(command: str | None = None, **changed: Any) -> ReleaseFacts:
    facts = ReleaseFacts(
        types={} if command is None else {"release": command},
        release_lines=0 if command is None else 1,
        advice=None if command is None else join_release(command),
        has_python=True,
        has_packs=True,
        runtime=None,
    )
    return dataclasses.replace(facts, **changed)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (release(), []),
        (release(runtime=RUNS), ["doctor/no-release-entry"]),
        (release("assetbuild upload", runtime=RUNS), []),
        (release("assetbuild release -- ./manage.py migrate"), []),
        (release("bin/assetbuild upload && rake db:migrate"), []),
        (release("python -m assetbuild upload"), []),
        (release("python manage.py migrate"), ["doctor/release-shadowed"]),
        (release("echo assetbuild uploaded"), ["doctor/release-shadowed"]),
        (release("assetbuild upload", release_lines=2), ["doctor/release-twice"]),
        (release("assetbuild upload; rake x"), ["doctor/release-hides-failure"]),
        (release("assetbuild upload || true"), ["doctor/release-hides-failure"]),
        (release("assetbuild upload & wait"), ["doctor/release-hides-failure"]),
        (release("rake x; assetbuild upload"), ["doctor/release-hides-failure"]),
        (release("rake x && assetbuild upload"), []),
        (
            release("assetbuild upload", runtime=dataclasses.replace(RUNS, has_launcher=False)),
            ["doctor/no-runtime"],
        ),
        (
            release("assetbuild upload", runtime=dataclasses.replace(RUNS, trouble="not found")),
            ["doctor/runtime-broken"],
        ),
        (
            release("assetbuild upload", runtime=dataclasses.replace(RUNS, has_profile=False)),
            ["doctor/runtime-not-on-path"],
        ),
        (
            release("assetbuild upload", runtime=dataclasses.replace(RUNS, is_on_path=False)),
            ["doctor/runtime-not-on-path"],
        ),
        (
            release("assetbuild upload && python manage.py migrate", has_python=False),
            ["doctor/no-python"],
        ),
        (
            release("assetbuild release -- python manage.py migrate", has_python=False),
            ["doctor/no-python"],
        ),
        (release("assetbuild upload", has_python=False), []),
        (release("assetbuild upload && bundle exec rake", has_python=False), []),
        (release(types={"web": "gunicorn shop"}, has_python=False), ["doctor/no-python"]),
        (release(types={"web": "gunicorn shop"}, has_python=False, has_packs=False), []),
    ],
)
def test_release(facts: ReleaseFacts, found: list[str]) -> None:
    assert codes(check_release(facts)) == found


def test_shadowed_entry_gets_the_line_to_write() -> None:
    (plain,) = check_release(release("rake db:migrate")).findings
    assert plain.hint == "write into the Procfile: release: assetbuild release -- rake db:migrate"
    (shell,) = check_release(release("a && b")).findings
    assert (shell.hint or "").endswith("release: assetbuild release -- sh -c 'a && b'")


S3_ENV = {"ASSETBUILD_S3_URL": "s3://b/p?region=eu-west-1", "AWS_ACCESS_KEY_ID": "id"}


def variables(env: Mapping[str, str], origins: Mapping[str, str]) -> list[str]:
    chosen = {"bucket": "b", "prefix": "p/", "region": "eu-west-1", "endpoint": ""}
    facts = VariableFacts(env={**S3_ENV, **env}, label="s3://b/p/", chosen=chosen, origins=origins)
    return [f"{one.code} {one.message}" for one in check_variables(facts).findings]


@pytest.mark.parametrize(
    ("env", "origins", "told"),
    [
        ({}, {}, []),
        # the app's own buckets and regions are its own affair
        ({"AWS_STORAGE_BUCKET_NAME": "media", "AWS_REGION": "us-east-1"}, {}, []),
        (
            {"ASSETBUILD_S3_BUCKET": "c"},
            {"bucket": "ASSETBUILD_S3_URL"},
            [
                "doctor/other-value ASSETBUILD_S3_BUCKET names another bucket than "
                "ASSETBUILD_S3_URL, which counts"
            ],
        ),
        ({"ASSETBUILD_S3_BUCKET": "b", "ASSETBUILD_S3_PREFIX": "/p"}, {}, []),
        (
            {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"},
            {"region": "AWS_REGION"},
            [
                "doctor/other-value AWS_DEFAULT_REGION names another region than AWS_REGION, "
                "which counts"
            ],
        ),
        (
            {"ASSETBUILD_S3_URI": "s3://x"},
            {},
            ['doctor/unknown-variable assetbuild reads no variable "ASSETBUILD_S3_URI"'],
        ),
        (
            {"AWS_SECRET_ACCESS_KEY": '"s3cret"'},
            {},
            [
                "doctor/quoted-variable the value of AWS_SECRET_ACCESS_KEY begins and ends with "
                "a quote"
            ],
        ),
    ],
)
def test_variables(env: Mapping[str, str], origins: Mapping[str, str], told: list[str]) -> None:
    assert variables(env, origins) == told


def test_every_variable_that_the_code_reads_is_known() -> None:
    text = "".join(path.read_text() for path in (ROOT / "assetbuild").rglob("*.py"))
    # the completion scripts' name begins with an underscore, and a final one is a prefix
    read = set(re.findall(r"(?<![_A-Z])ASSETBUILD_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])", text))
    assert read <= KNOWN


BUCKET = BucketFacts(label="s3://b/", failures=(), notes=(), has_cors=True, fonts=2)


@pytest.mark.parametrize(
    ("changed", "found", "state"),
    [
        ({}, [], "ok"),
        ({"has_cors": False}, ["doctor/no-cors"], "warning"),
        ({"has_cors": False, "fonts": 0}, [], "ok"),
        ({"has_cors": None}, [], "ok"),
        ({"notes": ("the bucket is in x",)}, ["doctor/store-corrected"], "warning"),
        ({"failures": (error("publish/no-bucket", "m"),)}, ["publish/no-bucket"], "error"),
    ],
)
def test_bucket(changed: Mapping[str, Any], found: list[str], state: str) -> None:
    check = check_bucket(dataclasses.replace(BUCKET, **changed))
    assert (codes(check), check.state) == (found, state)


OLD, NEW = ("bin/nginx", "nginx version: nginx/1.22.1"), ("in front", "nginx/1.29.7 (Ubuntu)")
PASSES = "location / {\n  proxy_pass http://app;\n}\n"
TOLD = "proxy_http_version 1.1;\n" + PASSES
COMMENTED = "# proxy_http_version 1.1;\n" + PASSES


@pytest.mark.parametrize(
    ("versions", "configs", "found"),
    [
        ((), (), []),
        ((("in front", "cloudflare"),), (), []),
        ((OLD,), (), ["doctor/old-nginx"]),
        ((NEW,), (), []),
        ((OLD, NEW), (("n.conf", TOLD),), []),
        ((OLD,), (("n.conf", PASSES),), ["doctor/nginx-http10"]),
        ((OLD,), (("n.conf", COMMENTED),), ["doctor/nginx-http10"]),
        ((NEW,), (("n.conf", PASSES),), []),
        ((), (("n.conf", PASSES),), ["doctor/nginx-http10"]),
        ((), (("mime.conf", "types {}"),), []),
    ],
)
def test_nginx(versions: Any, configs: Any, found: list[str]) -> None:
    assert codes(check_nginx(NginxFacts(versions=versions, configs=configs))) == found


def test_nginx_finding_points_to_the_line() -> None:
    check = check_nginx(NginxFacts(versions=(), configs=(("config/nginx.conf", COMMENTED),)))
    place = check.findings[0].location
    assert place is not None
    assert (place.file, place.line, place.column) == ("config/nginx.conf", 3, 3)
    assert place.line_text == "  proxy_pass http://app;"
