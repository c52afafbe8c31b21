"""The doctor on real projects, real builds, a real runtime and a bucket that refuses."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from assetbuild.assets.result import BuildOptions
from assetbuild.buildpacks.runtime import FOLDER, PROFILE
from assetbuild.doctor.model import Check
from assetbuild.jobs.build import AssetBuilder
from assetbuild.jobs.doctor import DoctorOptions, examine
from assetbuild.reporting import JsonReporter
from tests.support.built_app import write_small_build
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.release_phase import run_without_compilers
from tests.support.s3_server import S3Server, fresh_prefix, run_s3_server
from tests.support.tree import read_tree, write_tree

ROOT = Path(__file__).parent.parent.parent
BUCKET = "assetbuild-doctor"


def look(
    project: Path, env: Mapping[str, str] | None = None, options: DoctorOptions | None = None
) -> dict[str, Check]:
    base = {"PATH": os.environ["PATH"], "ASSETBUILD_CACHE_DIR": str(project / ".cache")}
    reporter = JsonReporter(io.StringIO())
    checks = examine(project, {**base, **(env or {})}, reporter, options or DoctorOptions())
    return {one.name: one for one in checks}


def codes(found: Mapping[str, Check], name: str) -> list[str]:
    return [one.code for one in found[name].findings]


def build(project: Path, options: BuildOptions | None = None) -> None:
    env = {"PATH": os.environ["PATH"], "ASSETBUILD_CACHE_DIR": str(project / ".cache")}
    reporter = JsonReporter(io.StringIO())
    with AssetBuilder(project, env=env, reporter=reporter, options=options) as builder:
        builder.build()


def test_a_good_project_has_no_findings(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.txt": "a", "Procfile": "web: run\n"})
    build(tmp_path)
    before = read_tree(tmp_path)
    found = look(tmp_path)
    assert {name: one.told for name, one in found.items() if one.findings} == {}
    assert read_tree(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (BuildOptions(is_release=True), []),
        (BuildOptions(is_release=True, uses_cache=False), []),
        (BuildOptions(profile="development"), ["doctor/stale-build"]),
        (BuildOptions(is_dev=True), ["doctor/stale-build"]),
    ],
)
def test_a_build_for_a_release_is_as_new_as_any(
    tmp_path: Path, options: BuildOptions, found: list[str]
) -> None:
    write_tree(tmp_path, {"assets/a.txt": "a"})
    build(tmp_path, options)
    assert codes(look(tmp_path), "build") == found
    write_tree(tmp_path, {"assets/b.txt": "b"})
    assert codes(look(tmp_path), "build") == ["doctor/stale-build"]


def test_a_root_that_is_not_there_is_told_before_the_build(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": '[assets]\nroots = ["assets"]\n'})
    found = look(tmp_path)
    assert codes(found, "configuration") == ["discover/missing-root"]


def test_an_admin_that_was_not_collected_is_told(tmp_path: Path) -> None:
    settings = """
INSTALLED_APPS = ["django.contrib.admin"]
STORAGES = {
    "default": {}, "staticfiles": {"BACKEND": "assetbuild.integrations.django.storage.AssetbuildStorage"}
}
"""
    manage = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")'
    write_tree(tmp_path, {"manage.py": manage, "shop/settings.py": settings, "assets/a.txt": ""})
    assert codes(look(tmp_path), "django") == ["doctor/django-app-files"]
    write_tree(tmp_path, {"assets/admin/css/base.css": "a{}"})
    assert codes(look(tmp_path), "django") == []


def test_a_changed_source_and_a_changed_output_are_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.txt": "a", "assets/b.txt": "b"})
    assert codes(look(tmp_path), "build") == ["doctor/not-built"]
    build(tmp_path)
    (tmp_path / "assets/a.txt").write_text("other")
    (finding,) = look(tmp_path)["build"].findings
    # "newer" where the sources were written so short before the build that their times say nothing
    assert finding.message in {
        'the build is old: "assets/a.txt" was changed',
        'the build is old: "assets/a.txt" is newer',
    }
    # a build whose memory is gone is compared by time
    shutil.rmtree(tmp_path / ".cache")
    (finding,) = look(tmp_path)["build"].findings
    assert finding.message == 'the build is old: "assets/a.txt" is newer'
    (output,) = (tmp_path / "public/assets").glob("a.*.txt")
    output.write_text("tampered")
    (other,) = (tmp_path / "public/assets").glob("b.*.txt")
    other.unlink()
    assert codes(look(tmp_path), "build") == ["doctor/missing-output", "doctor/changed-output"]
    (tmp_path / "public/assets/manifest.json").write_text("{")
    assert codes(look(tmp_path), "build") == ["manifest/corrupt"]


def test_a_broken_configuration_ends_the_examination(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": "[asets]\n"})
    found = look(tmp_path)
    assert list(found) == ["configuration"]
    assert codes(found, "configuration") == ["config/unknown-key"]


def test_packs_and_procfile_of_an_app_are_read(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            ".buildpacks": "heroku/nodejs\nheroku/ruby\n",
            "app.json": '{"buildpacks": [{"url": "you/assetbuild"}, {"url": "heroku/ruby"}]}',
            "Procfile": "release: python manage.py migrate\nweb: rails server\n",
        },
    )
    found = look(tmp_path, {"BUILDPACK_URL": "https://user:pw@example.com/ruby.git"})
    assert codes(found, "packs") == [
        "doctor/buildpack-url",
        "doctor/listed-twice",
        "doctor/no-lock",
    ]
    assert "pw" not in str(found["packs"])
    assert codes(found, "release") == ["doctor/release-shadowed", "doctor/no-python"]
    write_tree(tmp_path, {".buildpacks": "you/assetbuild\n"})
    assert codes(look(tmp_path), "packs") == ["list/names-itself"]


def test_a_list_that_drifted_from_its_lock_is_told(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {".buildpacks": "heroku/nodejs\n", ".buildpacks.lock": '{"schema": 1, "packs": []}'},
    )
    assert codes(look(tmp_path), "packs") == ["lock/drift"]
    assert look(tmp_path)["packs"].state == "warning"
    write_tree(tmp_path, {"assetbuild.toml": "[chain]\nlocked = true\n"})
    assert look(tmp_path)["packs"].state == "error"
    write_tree(tmp_path, {".buildpacks.lock": "{"})
    assert codes(look(tmp_path), "packs") == ["lock/corrupt"]


def test_nginx_and_django_of_an_app_are_read(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "config/nginx.conf.erb": "server { location / { proxy_pass http://app; } }\n",
            "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
            "shop/settings.py": 'STATIC_URL = "/files/"\n',
        },
    )
    found = look(tmp_path)
    (finding,) = found["nginx"].findings
    # this machine may have a new nginx, which needs no telling
    assert finding.code == "doctor/nginx-http10"
    assert codes(found, "django") == ["doctor/django-static-url"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    found = look(tmp_path, {"ASSETBUILD_CACHE_DIR": str(tmp_path / "closed/cache")})
    assert codes(found, "machine") == ["doctor/unwritable-folder"]


def test_a_cache_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    write_tree(tmp_path, {"file": "x"})
    found = look(tmp_path, {"ASSETBUILD_CACHE_DIR": str(tmp_path / "file/cache")})
    assert codes(found, "machine") == ["doctor/unwritable-folder"]


def test_a_slug_without_a_working_runtime_is_told(tmp_path: Path) -> None:
    write_small_build(tmp_path)
    launcher = f"{FOLDER}/bin/assetbuild"
    write_tree(
        tmp_path, {"Procfile": "release: assetbuild upload\n", launcher: "#!/bin/sh\n", PROFILE: ""}
    )
    (tmp_path / launcher).chmod(0o755)
    assert codes(look(tmp_path), "release") == []
    # nothing is built in a slug
    assert look(tmp_path)["machine"].told.endswith("node")
    write_tree(tmp_path, {launcher: '#!/bin/sh\necho "python3: not found" >&2; exit 127\n'})
    (finding,) = look(tmp_path)["release"].findings
    assert finding.message == "the slug's assetbuild does not start: python3: not found"
    write_tree(tmp_path, {"Procfile": "web: run\n", launcher: "#!/bin/sh\n"})
    (tmp_path / PROFILE).unlink()
    assert codes(look(tmp_path), "release") == [
        "doctor/no-release-entry",
        "doctor/runtime-not-on-path",
    ]
    shutil.rmtree(tmp_path / FOLDER / "bin")
    assert "doctor/no-runtime" in codes(look(tmp_path), "release")


def test_it_runs_where_only_publishing_is_installed(tmp_path: Path) -> None:
    write_small_build(tmp_path)
    done = run_without_compilers(tmp_path, "doctor", HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_what_stands_in_front_is_asked(tmp_path: Path) -> None:
    class Front(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def version_string(self) -> str:
            return "nginx/1.18.0"

        def log_message(self, *_arguments: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Front) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        found = look(tmp_path, options=DoctorOptions(through=url))
        thread.join()
    assert codes(found, "nginx") == ["doctor/old-nginx"]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        found = look(tmp_path, options=DoctorOptions(through=url))
    assert codes(found, "nginx") == ["publish/unreachable"]
    assert codes(look(tmp_path, options=DoctorOptions(through="x")), "nginx") == ["publish/bad-url"]


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with run_s3_server() as server:
        server.make_bucket(BUCKET)
        yield server


def test_a_bucket_is_tried_and_left_as_it_was(server: S3Server, tmp_path: Path) -> None:
    write_small_build(tmp_path)
    prefix = fresh_prefix()
    found = look(tmp_path, server.env(bucket=BUCKET, prefix=prefix))
    # no CORS rules were put into the bucket, and the build has a font; moto allows all pages
    assert codes(found, "bucket") == (["doctor/no-cors"] if server.is_real else [])
    assert server.contents(bucket=BUCKET, prefix=prefix) == {}
    found = look(tmp_path, server.env(bucket=BUCKET, prefix=prefix), DoctorOptions(is_offline=True))
    assert found["bucket"].state == "skipped"


def test_an_asset_host_beside_the_prefix_is_told_unless_silenced(tmp_path: Path) -> None:
    write_small_build(tmp_path)
    env = {
        "ASSETBUILD_S3_URL": "s3://b/public/assets?region=eu-west-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "ASSETBUILD_ASSET_HOST": "https://b.s3.amazonaws.com",
    }
    offline = DoctorOptions(is_offline=True)
    assert codes(look(tmp_path, env, offline), "variables") == ["publish/asset-host"]
    write_tree(tmp_path, {"assetbuild.toml": '[assets]\nsilence = ["publish/asset-host"]\n'})
    assert codes(look(tmp_path, env, offline), "variables") == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(action="answer", status=403, code="SignatureDoesNotMatch"), "bad-credentials"),
        (Fault(action="answer", status=404, code="NoSuchBucket"), "no-bucket"),
        (Fault(action="answer", status=403, code="RequestTimeTooSkewed"), "clock-skew"),
        (
            Fault(
                action="answer",
                status=403,
                code="AccessDenied",
                matches=lambda method, _: method == "PUT",
            ),
            "access-denied",
        ),
        (
            Fault(action="swallow", matches=lambda method, _: method == "PUT"),
            "vanished",
        ),
    ],
)
def test_a_bucket_that_refuses_is_told(
    server: S3Server, tmp_path: Path, fault: Fault, expected: str
) -> None:
    with FaultProxy(server.endpoint, ca_file=server.ca_file) as proxy:
        proxy.faults.append(fault)
        env = server.env(bucket=BUCKET, prefix=fresh_prefix(), endpoint=proxy.url)
        found = look(tmp_path, env)
    assert codes(found, "bucket") == [f"publish/{expected}"]
    assert server.secret_key not in str(found)


def test_a_folder_as_store_is_tried_too(tmp_path: Path) -> None:
    found = look(tmp_path, {"ASSETBUILD_S3_URL": f"file://{tmp_path}/store"})
    assert (found["bucket"].state, codes(found, "bucket")) == ("ok", [])


def test_the_command_tells_each_check_in_one_line(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.txt": "a", "Procfile": "release: rake x\n"})
    done = subprocess.run(
        [sys.executable, "-m", "assetbuild", "doctor", "--project", str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "configuration ok       all defaults"
    assert lines[-1] == "1 error, 1 warning"
    assert any(one.startswith("doctor/release-shadowed: ") for one in lines)
    assert all(len(one) <= 80 for one in lines)
