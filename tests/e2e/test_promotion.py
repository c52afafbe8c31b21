"""docs/how-to/heroku.md, with a stand-in for the platform: an empty app to a promoted one.

A slug is built with no secret in reach; dynos are processes that have the slug, the config vars of
their app and nothing else; the buckets are moto's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assetbuild.buildpacks.procfile import parse_procfile
from tests.support.dyno import BOOT
from tests.support.s3_server import S3Server, run_s3_server

SECRET = "secret-of-"
STYLE = "body { background: url(../img/dot.svg) }\n"
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path d="M0 0h1v1z"/></svg>\n'


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What `heroku` does in the how-to, as far as assetbuild is touched by it."""

    folder: Path
    server: S3Server

    def push(self, app: Path) -> Path:
        """Build a slug, as `git push heroku main` does, with no config var in the environment."""
        slug = self.folder / "slug"
        argv = [sys.executable, "-m", "assetbuild", "slug", "build", "--no-isolate"]
        places = ["--app", str(app), "--out", str(slug), "--cache-dir", str(self.folder / "cache")]
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [*argv, *places], env=kept, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr
        return slug

    def config(self, app: str) -> dict[str, str]:
        """Return the config vars of an app with the add-on attached."""
        return {
            "HEROKU_APP_NAME": f"shop-{app}",
            "BUCKETEER_BUCKET_NAME": f"bucketeer-{app}",
            "BUCKETEER_AWS_ACCESS_KEY_ID": "id",
            "BUCKETEER_AWS_SECRET_ACCESS_KEY": SECRET + app,
            "BUCKETEER_AWS_REGION": "us-east-1",
            "ASSETBUILD_S3_ENDPOINT": self.server.endpoint,  # the stand-in for Amazon
        }

    def run(self, slug: Path, config: dict[str, str], line: str) -> tuple[int, str]:
        """Run a line on a dyno: a new copy of the slug, the config vars, nothing else."""
        home = self.folder / "dyno"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(slug, home, symlinks=True)
        env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "DYNO": "run.1", "STACK": "heroku-24"}
        done = subprocess.run(
            ["bash", "-c", BOOT, line],
            env={**env, **config},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        said = done.stdout + done.stderr
        assert SECRET not in said
        return done.returncode, said

    def keys(self, app: str) -> list[str]:
        return sorted(self.server.contents(bucket=f"bucketeer-{app}", prefix=""))


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(run_s3_server())
        if server.is_real:
            pytest.skip("the buckets are moto's")
        for app in ("staging", "live"):
            server.make_bucket(f"bucketeer-{app}")
        yield Platform(folder=tmp_path, server=server)


@pytest.mark.e2e
def test_empty_app_is_pushed_and_promoted_with_no_secret_in_the_slug(
    platform: Platform, tmp_path: Path
) -> None:
    app = tmp_path / "app"
    for name, text in {"assets/css/site.css": STYLE, "assets/img/dot.svg": DOT}.items():
        (app / name).parent.mkdir(parents=True)
        (app / name).write_text(text)
    slug = platform.push(app)
    release = parse_procfile((slug / "Procfile").read_text())["release"]
    assert release == "assetbuild upload"
    staging, live = platform.config("staging"), platform.config("live")

    # before the add-on is there, the release fails and says all that is missing
    code, said = platform.run(slug, {"HEROKU_APP_NAME": "shop-staging"}, release)
    assert (code, said.count("publish/")) == (1, 1)
    assert "AWS_SECRET_ACCESS_KEY" in said

    assert platform.run(slug, staging, release)[0] == 0
    published = [key for key in platform.keys("staging") if "/.assetbuild/" not in key]
    assert published
    assert all(key.startswith("public/assets/") for key in published)
    assert platform.keys("live") == []

    # config:set runs the release phase again
    code, said = platform.run(slug, staging, release)
    assert (code, "nothing changed" in said) == (0, True)
    code, said = platform.run(slug, staging, "assetbuild bucket setup --apply")
    assert (code, "CORS rules put" in said) == (0, True)
    code, said = platform.run(slug, staging, "assetbuild verify --json")
    assert (code, '"checked": ' + str(len(published)) in said) == (0, True)

    # promotion: the same slug, the other app's config vars, and the app's own release command
    code, said = platform.run(slug, live, "assetbuild release -- echo migrated")
    assert (code, "migrated" in said) == (0, True)
    assert [key for key in platform.keys("live") if "/.assetbuild/" not in key] == published

    # the next push changes one file; a rollback to the first slug sends nothing
    first = tmp_path / "first"
    shutil.copytree(slug, first, symlinks=True)
    (app / "assets/css/site.css").write_text(STYLE.replace("body", "main"))
    shutil.rmtree(slug)
    assert platform.run(platform.push(app), live, release)[0] == 0
    code, said = platform.run(first, live, f"{release} --json")
    assert (code, '"put": []' in said) == (0, True)
    code, said = platform.run(first, live, "assetbuild releases --json")
    document = json.loads(said[said.index("{") :])
    assert (code, len(document["result"])) == (0, 3)
    code, said = platform.run(first, live, "assetbuild prune --json")
    assert (code, '"objects": []' in said) == (0, True)
