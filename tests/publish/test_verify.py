from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.verify import verify_assets
from assetbuild.publish.content import body_of_bytes
from assetbuild.publish.filestore import FileStore
from assetbuild.publish.items import Item
from assetbuild.publish.store import Fetched, Store
from assetbuild.publish.verify import judge
from tests.publish.remote import Remote
from tests.support.http_server import run_http_server

FONT = Item(
    key="a.woff2",
    file="a.woff2",
    size=3,
    sha256="aa",
    headers=(("cache-control", "public"), ("content-type", "font/woff2")),
    rank=0,
    is_hashed=True,
)
GOOD = {
    "cache-control": "public",
    "content-type": "font/woff2",
    "access-control-allow-origin": "*",
}


@pytest.mark.parametrize(
    ("status", "sha256", "headers", "codes"),
    [
        (200, "aa", GOOD, []),
        (200, "aa", {**GOOD, "content-type": "Font/WOFF2"}, []),
        (404, "", {}, ["verify/status"]),
        (200, "bb", GOOD, ["verify/content"]),
        (200, "aa", {**GOOD, "cache-control": "max-age=60"}, ["verify/header"]),
        (200, "aa", {**GOOD, "content-type": "text/plain"}, ["verify/header"]),
        (200, "aa", {**GOOD, "content-encoding": "gzip"}, ["verify/header"]),
        (200, "aa", {**GOOD, "access-control-allow-origin": "https://o"}, ["verify/cors"]),
    ],
)
def test_answer_is_judged(
    status: int, sha256: str, headers: dict[str, str], codes: list[str]
) -> None:
    fetched = Fetched(status=status, headers=headers, sha256=sha256, size=3)
    assert [one.code for one in judge(FONT, fetched, is_through_cdn=True)] == codes


@pytest.mark.parametrize(
    ("status", "begins"), [(404, "run `assetbuild upload`"), (403, "let the bucket's policy")]
)
def test_refusal_through_a_cdn_is_not_called_a_missing_upload(status: int, begins: str) -> None:
    fetched = Fetched(status=status, headers={}, sha256="", size=0)
    (found,) = judge(FONT, fetched, is_through_cdn=True)
    assert found.hint is not None and found.hint.startswith(begins)


def test_everything_wrong_in_the_bucket_is_found(remote: Remote) -> None:
    remote.upload()
    assert [
        one for one in verify_assets(remote.place(), through=None).findings if one.is_error
    ] == []
    keys = sorted(remote.assets())
    png = next(key for key in keys if key.endswith(".png"))
    js = next(key for key in keys if key.endswith(".js"))
    with remote.open() as store:
        store.delete([png])
        store.put(js, body_of_bytes(b"evil"), (("content-type", "text/plain"),))
    found = verify_assets(remote.place(), through=None).findings
    assert [one.code for one in found if one.is_error] == [
        "verify/content",
        "verify/header",
        "verify/header",
        "verify/status",
    ]


class _Cdn(ThreadingHTTPServer):
    """Serves an embedded store with its headers, as a CDN in front of a bucket does."""

    store: Store
    is_squeezing = False  # replace the bytes and the coding, as a careless CDN does


class _CdnHandler(BaseHTTPRequestHandler):
    server: _Cdn

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        key = unquote(self.path.removeprefix("/assets/"))
        held, data = self.server.store.describe(key), self.server.store.read(key)
        self.send_response(404 if held is None else 200)
        for name, value in () if held is None else held.headers:
            self.send_header(name, value)
        if self.server.is_squeezing:
            data = b"squeezed"
        self.end_headers()
        self.wfile.write(data or b"")


@contextlib.contextmanager
def serving(store: Store, *, is_squeezing: bool = False) -> Iterator[str]:
    """Yield the URL of a CDN in front of a store."""
    cdn = _Cdn(("127.0.0.1", 0), _CdnHandler)
    cdn.store, cdn.is_squeezing = store, is_squeezing
    with run_http_server(cdn) as url:
        yield url


@pytest.mark.parametrize("is_squeezing", [False, True])
def test_verify_through_a_cdn_asks_as_a_browser(
    remote: Remote, tmp_path: Path, *, is_squeezing: bool
) -> None:
    env = {"ASSETBUILD_S3_URL": f"file://{tmp_path}/store"}
    remote.upload(env)
    with serving(FileStore(tmp_path / "store"), is_squeezing=is_squeezing) as host:
        result = verify_assets(remote.place(env), through=f"{host}/assets/")
    assert result.checked == 8
    wanted = ["verify/content"] * 8 if is_squeezing else []
    assert [one.code for one in result.findings] == wanted


def test_verify_asks_the_asset_host_of_the_environment(remote: Remote) -> None:
    remote.upload()
    with remote.open() as store, serving(store, is_squeezing=True) as host:
        env = {"ASSETBUILD_ASSET_HOST": host}
        through = verify_assets(remote.place(env), through=None)
        direct = verify_assets(remote.place(env), through=None, is_direct=True)
    assert sum(one.code == "verify/content" for one in through.findings) == 8
    assert [one for one in direct.findings if one.is_error] == []
    with pytest.raises(AssetbuildError, match="serve/bad-url"):
        verify_assets(remote.place({"ASSETBUILD_ASSET_HOST": "cdn example"}), through=None)


@pytest.mark.parametrize("url", ["cdn.example.com", "ftp://x/"])
def test_bad_url_of_a_cdn_is_told(remote: Remote, url: str) -> None:
    with pytest.raises(AssetbuildError, match="bad-url"):
        verify_assets(remote.place(), through=url)


def test_embedded_store_is_verified_too(remote: Remote, tmp_path: Path) -> None:
    env = {"ASSETBUILD_S3_URL": f"file://{tmp_path}/store"}
    remote.upload(env)
    assert verify_assets(remote.place(env), through=None).findings == ()
