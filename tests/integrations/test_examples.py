"""The shops of examples/: one command, and the same hashed URLs and headers in development, in
production and in the upload plan."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.servers import ROOT, Fetched, fetch, free_port, running

SHOPS = {
    # the Makefile's command in development; the server and the build of production
    "django_shop": (
        "shop-django",
        ["-m", "gunicorn", "shop.serving:wsgi", "-b"],
        ["manage.py", "assetbuild"],
    ),
    "flask_shop": (
        "shop-flask",
        ["-m", "gunicorn", "shop:app", "-b"],
        ["-m", "assetbuild", "compile"],
    ),
    "starlette_shop": (
        "shop-starlette",
        ["-m", "uvicorn", "shop:app", "--port"],
        ["-m", "assetbuild", "compile"],
    ),
}
COMPARED = ("cache-control", "etag", "content-type", "access-control-allow-origin", "last-modified")


def read_page(port: int) -> dict[str, tuple[str, ...]]:
    page = fetch(port, "/", {"Host": "127.0.0.1"})
    assert page.status == 200, page.body.decode()
    urls = set(re.findall(r'"(/static/[^"]+)"', page.body.decode()))
    assert len(urls) >= 3
    answers: dict[str, Fetched] = {url: fetch(port, url, {"Host": "127.0.0.1"}) for url in urls}
    assert {one.status for one in answers.values()} == {200}
    return {
        url: tuple(one.headers.get(name, "") for name in COMPARED) for url, one in answers.items()
    }


def check_out(folder: Path, name: str) -> Path:
    """Lay out what a fresh checkout holds of an example and of what runs it; return its folder."""
    ignored = shutil.ignore_patterns(".assetbuild", "public", "__pycache__")
    for part in ("assetbuild", f"examples/{name}"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for part in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / part, folder / part)
    return folder / "examples" / name


def run(argv: list[str], shop: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *argv],
        cwd=shop,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SHOPS)
def test_one_command_runs_it_and_urls_and_headers_are_the_same_everywhere(
    tmp_path: Path, name: str
) -> None:
    shop = check_out(tmp_path / "checkout", name)
    target, production, build = SHOPS[name]
    env = {
        "HOME": str(tmp_path),  # gunicorn leaves a socket there
        "ASSETBUILD_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(tmp_path / "checkout"),
        "ASSETBUILD_S3_URL": f"file://{tmp_path}/bucket",
    }
    port = free_port()
    # the environment that runs this test stands for the one that make would install first
    make = ["make", target, f"PORT={port}", f"VENV={sys.prefix}", "-o", "pyproject.toml"]
    with running(make, port, cwd=tmp_path / "checkout", env=env):
        in_dev = read_page(port)
    env["DEBUG"] = "0"
    run(build, shop, env)
    port = free_port()
    address = str(port) if production[-1] == "--port" else f"127.0.0.1:{port}"
    with running([sys.executable, *production, address], port, cwd=shop, env=env):
        assert read_page(port) == in_dev
    plan = json.loads(run(["-m", "assetbuild", "upload", "--dry-run", "--json"], shop, env))
    planned = {"/static/" + one["key"]: one["headers"] for one in plan["result"]["put"]}
    for url, served in in_dev.items():
        by_name = dict(zip(COMPARED, served, strict=True))
        for field in ("cache-control", "content-type"):
            assert planned[url][field] == by_name[field]
