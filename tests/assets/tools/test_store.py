"""The tool store against a registry of our own on loopback."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import socket
import tarfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assetbuild.assets.tools import store as store_module
from assetbuild.assets.tools.lock import PinnedPackage, PinnedTool, pinned_tools
from assetbuild.assets.tools.npm import registry_of
from assetbuild.assets.tools.store import ToolStore, open_tool_store
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from tests.support.http_server import run_http_server
from tests.support.tree import read_tree, write_tree


def make_tarball(files: Mapping[str, bytes], *, link: str | None = None) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        if link is not None:
            info = tarfile.TarInfo("package/link.js")
            info.type = tarfile.SYMTYPE
            info.linkname = link
            archive.addfile(info)
    return gzip.compress(raw.getvalue(), mtime=0)


TARBALL = make_tarball(
    {
        "package/package.json": b'{"version": "1.2.3"}',
        "package/lib/a.js": b"1",
        "package/README.md": b"no",
        "package/../../evil.js": b"no",
    },
    link="/etc/passwd",
)
INTEGRITY = "sha512-" + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()


class Registry:
    """What the server answers, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.body = TARBALL
        self.cuts = 0  # how many answers end in mid-body
        self.statuses: list[int] = []
        self.asked: list[str] = []
        self.authorization: str | None = None  # of the last request


@pytest.fixture
def registry() -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.authorization = self.headers["Authorization"]
            status = served.statuses.pop(0) if served.statuses else 200
            self.send_response(status)
            self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            if served.cuts:
                served.cuts -= 1
                self.wfile.write(served.body[:10])
                self.close_connection = True
                return
            self.wfile.write(served.body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with run_http_server(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        served = Registry(f"{url}/npm")
        yield served


@pytest.fixture
def pin(monkeypatch: pytest.MonkeyPatch) -> PinnedTool:
    """Pin the tarball above, in place of the real lock."""
    made = PinnedTool(
        name="kit",
        packages=(PinnedPackage(name="@own/kit", version="1.2.3", integrity=INTEGRITY),),
    )
    monkeypatch.setattr(store_module, "pinned_tools", lambda: {"kit": made})
    return made


def open_store(tmp_path: Path, registry: Registry, *, is_offline: bool = False) -> ToolStore:
    return open_tool_store(
        {"ASSETBUILD_CACHE_DIR": str(tmp_path / "cache"), "npm_config_registry": registry.url},
        is_offline=is_offline,
    )


def test_fetch_verifies_unpacks_and_keeps(
    tmp_path: Path, registry: Registry, pin: PinnedTool
) -> None:
    store = open_store(tmp_path, registry)
    assert store.find("kit") is None
    tool = store.require("kit")
    assert (tool.version, tool.origin) == ("1.2.3", "pinned")
    assert read_tree(Path(tool.folder)) == {
        "lib/a.js": b"1",
        "package.json": b'{"version": "1.2.3"}',
    }
    assert registry.asked == ["/npm/@own/kit/-/kit-1.2.3.tgz"]
    assert open_store(tmp_path, registry, is_offline=True).require("kit") == tool
    assert len(registry.asked) == 1
    assert not [*tmp_path.rglob("evil.js")]


def test_other_bytes_are_refused_and_nothing_is_kept(
    tmp_path: Path, registry: Registry, pin: PinnedTool
) -> None:
    registry.body = make_tarball({"package/package.json": b"{}"})
    store = open_store(tmp_path, registry)
    with pytest.raises(AssetbuildError) as caught:
        store.require("kit")
    text = render_diagnostic(caught.value.diagnostics[0])
    assert text.startswith('tool/integrity: what the registry sent as "@own/kit@1.2.3" is sha512-')
    assert store.find("kit") is None


def test_offline_with_an_empty_cache_says_what_to_run(
    tmp_path: Path, registry: Registry, pin: PinnedTool
) -> None:
    with pytest.raises(AssetbuildError) as caught:
        open_store(tmp_path, registry, is_offline=True).require("kit")
    assert render_diagnostic(caught.value.diagnostics[0]) == (
        'tool/missing: the compiler "kit" 1.2.3 is not in the cache, '
        "and nothing may be downloaded now\n"
        "  hint: with a network, run: assetbuild tools fetch kit"
    )
    assert registry.asked == []


def test_a_passing_failure_is_tried_again(
    tmp_path: Path, registry: Registry, pin: PinnedTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _delay_s: None)
    registry.statuses = [503]
    registry.cuts = 2
    assert open_store(tmp_path, registry).require("kit").version == "1.2.3"
    assert len(registry.asked) == 3


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin three tools that no registry has."""
    package = PinnedPackage(name="@own/kit", version="1.2.3", integrity=INTEGRITY)
    made = {name: PinnedTool(name=name, packages=(package,)) for name in ("one", "two", "three")}
    monkeypatch.setattr(store_module, "pinned_tools", lambda: made)


def refuse_waiting(_delay_s: float) -> None:
    raise AssertionError("it waited for what will not change")


def test_a_closed_port_is_told_at_once_for_all_compilers(
    tmp_path: Path, pins: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", refuse_waiting)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    store = ToolStore(
        folder=str(tmp_path), env={"npm_config_registry": f"http://u:p@127.0.0.1:{port}/"}
    )
    with pytest.raises(AssetbuildError) as caught:
        store.require_all(["one", "two", "three"])
    assert [render_diagnostic(one) for one in caught.value.diagnostics] == [
        'tool/download: cannot download the compilers "one" 1.2.3, "two" 1.2.3, "three" 1.2.3 '
        f"from 127.0.0.1:{port}: Connection refused\n"
        "  hint: with a network, run: assetbuild tools fetch one two three; "
        "npm_config_registry names another registry"
    ]


def test_an_unknown_name_is_told_at_once_for_all_compilers(
    tmp_path: Path, pins: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", refuse_waiting)
    asked = []

    def look_up(host: str, *_: object) -> object:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # the resolver of this machine may take its time, or know every name
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    store = ToolStore(
        folder=str(tmp_path), env={"npm_config_registry": "https://registry.invalid/"}
    )
    with pytest.raises(AssetbuildError) as caught:
        store.fetch_all(["one", "two", "three"])
    (only,) = caught.value.diagnostics
    assert "from registry.invalid: Name or service not known" in only.message
    assert asked == ["registry.invalid"]


def test_a_registry_that_stays_broken_is_asked_for_one_compiler_alone(
    tmp_path: Path, registry: Registry, pins: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _delay_s: None)
    registry.statuses = [502] * 9
    with pytest.raises(AssetbuildError) as caught:
        open_store(tmp_path, registry).require_all(["one", "two", "three"])
    (only,) = caught.value.diagnostics
    assert only.message.endswith(": 502 Bad Gateway")
    assert len(registry.asked) == 3


def test_a_refusal_is_told_without_secrets(
    tmp_path: Path, registry: Registry, pin: PinnedTool
) -> None:
    registry.statuses = [404]
    with pytest.raises(AssetbuildError) as caught:
        open_store(tmp_path, registry).require("kit")
    (only,) = caught.value.diagnostics
    assert only.code == "tool/download"
    host = registry.url.split("/")[2]
    assert only.message == f'cannot download "@own/kit@1.2.3": {host} answered 404 Not Found'
    assert only.hint == "npm_config_registry names another registry"
    assert len(registry.asked) == 1


def test_many_at_once_download_once(tmp_path: Path, registry: Registry, pin: PinnedTool) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: open_store(tmp_path, registry).require("kit"), range(8)))
    assert len(found) == 1
    assert len(registry.asked) == 1


def test_user_info_of_the_registry_is_sent(
    tmp_path: Path, registry: Registry, pin: PinnedTool
) -> None:
    registry.url = registry.url.replace("//", "//own:p%40ss@")
    open_store(tmp_path, registry).require("kit")
    assert registry.authorization == "Basic b3duOnBAc3M="


def test_what_a_killed_fetch_left_is_replaced(
    tmp_path: Path, registry: Registry, pin: PinnedTool
) -> None:
    left = tmp_path / "cache/tools" / f".new-{pin.folder_name}"
    write_tree(left, {"node_modules/@own/kit/half.js": "x"})
    tool = open_store(tmp_path, registry).require("kit")
    assert not left.exists()
    assert not (Path(tool.folder) / "half.js").exists()


def test_unknown_tool_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(AssetbuildError) as caught:
        ToolStore(folder=str(tmp_path), env={}).require("typescrip")
    assert caught.value.diagnostics[0].hint == 'did you mean "typescript"?'


def test_every_pin_has_a_sha512_and_an_exact_version() -> None:
    for tool in pinned_tools().values():
        for package in tool.packages:
            assert package.integrity.startswith("sha512-")
            assert package.version.replace(".", "").isdigit()


def test_registry_is_the_one_that_npm_would_use() -> None:
    assert registry_of({"npm_config_registry": "http://own/x"}) == "http://own/x/"
    assert registry_of({"NPM_CONFIG_REGISTRY": "http://own/"}) == "http://own/"
    assert registry_of({}).startswith("https://")
