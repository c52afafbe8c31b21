"""The shops of examples/: the same hashed URLs and headers in development and in production."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.servers import ROOT, Fetched, fetch, free_port, running

SHOPS = {
    "django_shop": (
        ["manage.py", "runserver", "--noreload"],
        ["-m", "gunicorn", "shop.serving:wsgi"],
        ["manage.py", "assetbuild"],
    ),
    "flask_shop": (
        ["-m", "flask", "--app", "shop", "--debug", "run", "--no-reload", "--port"],
        ["-m", "gunicorn", "shop:app"],
        ["-m", "assetbuild", "compile"],
    ),
    "starlette_shop": (
        ["-m", "uvicorn", "shop:app", "--port"],
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


@pytest.mark.parametrize("name", SHOPS)
def test_urls_and_headers_are_those_of_production(tmp_path: Path, name: str) -> None:
    shop = tmp_path / name
    ignored = shutil.ignore_patterns(".assetbuild", "public", "__pycache__")
    shutil.copytree(ROOT / "examples" / name, shop, ignore=ignored)
    dev, production, build = SHOPS[name]
    port = free_port()
    env = {"ASSETBUILD_CACHE_DIR": str(tmp_path / "cache"), "DEBUG": "1"}
    address = str(port) if dev[-1] == "--port" else f"127.0.0.1:{port}"
    with running([sys.executable, *dev, address], port, cwd=shop, env=env):
        in_dev = read_page(port)
    built = subprocess.run(
        [sys.executable, *build],
        cwd=shop,
        env={**os.environ, **env, "PYTHONPATH": str(ROOT), "DEBUG": "0"},
        capture_output=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr.decode()
    port = free_port()
    listen = [str(port)] if production[-1] == "--port" else ["-b", f"127.0.0.1:{port}"]
    argv = [sys.executable, *production, *listen]
    with running(argv, port, cwd=shop, env={**env, "DEBUG": "0"}):
        assert read_page(port) == in_dev
