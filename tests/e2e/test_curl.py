"""What curl makes of the servers: compressed, resumed, conditional, in part."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.servers import app_argv, find_program, free_port, running
from tests.serve.site import BIG, CSS, write_site

pytestmark = pytest.mark.e2e


def curl(folder: Path, *options: str) -> str:
    """Run curl; return what it wrote to its output."""
    done = subprocess.run(
        [find_program("curl"), "--silent", "--show-error", "--max-time", "20", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("server", ["assetbuild", "gunicorn", "uvicorn", "granian", "granian-asgi"])
def test_curl_agrees(tmp_path: Path, server: str) -> None:
    files = {"css/app.css": CSS, "big.mp4": BIG}
    manifest = write_site(tmp_path / "public/assets", files, compressed=("css/app.css",))
    names = {str(logical): one.hashed for logical, one in manifest.entries.items()}
    port = free_port()
    with running(app_argv(server, tmp_path, port), port, cwd=tmp_path):
        css, big = (f"http://127.0.0.1:{port}/assets/{names[one]}" for one in files)
        status = ("-w", "%{http_code} %{size_download}")

        # decoded by curl itself, from the gzip form
        curl(tmp_path, "-H", "Accept-Encoding: gzip", "--compressed", "-o", "app.css", css)
        assert (tmp_path / "app.css").read_bytes() == CSS

        # a download that was cut is continued, and the whole is the file
        (tmp_path / "big").write_bytes(BIG[:300_000])
        told = curl(tmp_path, "-C", "-", "-o", "big", *status, big)
        assert told == f"206 {len(BIG) - 300_000}"
        assert (tmp_path / "big").read_bytes() == BIG

        # what curl remembers is not sent again
        for expected in (f"200 {len(CSS)}", "304 0"):
            tags = ("--etag-save", "tag", "--etag-compare", "tag")
            assert curl(tmp_path, *tags, "-o", "x", *status, css) == expected
        assert curl(tmp_path, "-z", "24 Nov 2026", "-o", "y", *status, css) == "304 0"

        # one byte, the last bytes, none
        assert curl(tmp_path, "-r", "0-0", "-o", "z", *status, css) == "206 1"
        assert curl(tmp_path, "-r", "-3", *status, css) == CSS[-3:].decode() + "206 3"
        assert curl(tmp_path, "-r", "9999-", "-o", "z", *status, css).startswith("416 ")

        head = curl(tmp_path, "--head", css)
        assert f"content-length: {len(CSS)}" in head.lower()
        assert curl(tmp_path, "-X", "POST", "-d", "a=b", "-o", "z", *status, css)[:4] == "405 "
        # several over one connection, and an old client
        assert curl(tmp_path, *status, "-o", "a", "-o", "b", css, big).count("200 ") == 2
        assert curl(tmp_path, "--http1.0", "-o", "a", *status, css) == f"200 {len(CSS)}"
