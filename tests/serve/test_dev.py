from __future__ import annotations

import contextlib
import io
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assetbuild.assets.result import BuildResult
from assetbuild.diagnostics import AssetbuildError
from assetbuild.serve.assets import Assets
from assetbuild.serve.dev import DevSite, Event
from assetbuild.serve.dev_hosts import allowed_hosts, is_refused
from assetbuild.serve.live import (
    EVENTS_PATH,
    SCRIPT_PATH,
    AsgiLive,
    WsgiLive,
    script_tag,
)
from assetbuild.serve.origin import FixedTable, Origin
from assetbuild.serve.table import Mount, build_table
from tests.serve.copying import CopyBuilder, make_dev
from tests.serve.site import write_site
from tests.serve.test_adapters import ask_asgi, ask_wsgi
from tests.support.processes import LIMIT_S, wait_for
from tests.support.tree import write_tree

LOCAL = {"Host": "127.0.0.1:8765"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tree(tmp_path, {"src/a.css": "a{}", "src/b.js": "let b", "src/p.png": "p"})


@pytest.fixture
def dev(project: Path) -> Iterator[tuple[DevSite, CopyBuilder]]:
    made = make_dev(project)
    with closing(made[0]):
        yield made


def read(events: queue.Queue[Event]) -> Mapping[str, Any]:
    return events.get(timeout=LIMIT_S)


def test_builds_once_for_all_who_ask(dev: tuple[DevSite, CopyBuilder]) -> None:
    site, builder = dev
    threads = [threading.Thread(target=site.site) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert builder.count == 1
    site.site()
    assert builder.count == 1
    site.mark_changed()
    site.site()
    assert builder.count == 2


def test_builds_share_a_thread_that_outlives_the_requests(
    project: Path, dev: tuple[DevSite, CopyBuilder]
) -> None:
    # compilers end with the thread that started them (PR_SET_PDEATHSIG)
    site, builder = dev
    seen: list[threading.Thread] = []
    build = builder.build

    def noting() -> BuildResult:
        seen.append(threading.current_thread())
        return build()

    builder.build = noting  # type: ignore[method-assign]
    for text in ("a{}", "b{}", "c{}"):
        write_tree(project, {"src/a.css": text})
        site.mark_changed()
        request = threading.Thread(target=site.site)
        request.start()
        request.join()
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert seen[0].is_alive()


def test_old_url_answers_after_a_change(project: Path, dev: tuple[DevSite, CopyBuilder]) -> None:
    assets = Assets(source=dev[0])
    old = assets.url("a.css")
    write_tree(project, {"src/a.css": "a{color:red}"})
    dev[0].mark_changed()
    new = assets.url("a.css")
    assert new != old
    for url, data in ((old, b"a{}"), (new, b"a{color:red}")):
        found = assets.origin.answer("GET", url, {})
        assert found is not None
        assert (found[0].status, found[1]) == (200, data)


def test_failed_build_keeps_the_last_good_version(
    project: Path, dev: tuple[DevSite, CopyBuilder]
) -> None:
    site, _ = dev
    events: queue.Queue[Event] = queue.Queue()
    before = site.site()
    stop = site.listen(events.put)
    assert read(events)["problem"] is None
    write_tree(project, {"src/a.css": "a{}\nb{ ERROR }"})
    site.mark_changed()
    assert site.site() is before
    told = read(events)
    assert told["type"] == "problem"
    assert "src/a.css:2:4\n    b{ ERROR }\n       ^^^^^" in told["problem"]
    late: queue.Queue[Event] = queue.Queue()
    site.listen(late.put)
    assert read(late)["problem"] == told["problem"]
    write_tree(project, {"src/a.css": "a{}"})
    site.mark_changed()
    site.site()
    assert read(events)["type"] == "change"
    stop()
    site.mark_changed()
    site.site()
    assert events.empty()


def test_first_build_that_fails_raises_until_it_is_mended(
    project: Path, dev: tuple[DevSite, CopyBuilder]
) -> None:
    write_tree(project, {"src/a.css": "ERROR"})
    for _ in range(2):
        with pytest.raises(AssetbuildError, match="an ERROR"):
            dev[0].site()
    write_tree(project, {"src/a.css": "a{}"})
    dev[0].mark_changed()
    assert dev[0].site().url("a.css")


def test_the_same_failure_is_told_once(project: Path) -> None:
    told = io.StringIO()
    site, builder = make_dev(project, told)
    with closing(site):
        for text, count in (("ERROR", 1), ("ERROR", 1), (" ERROR", 2), ("a{}", 2), (" ERROR", 3)):
            write_tree(project, {"src/a.css": text})
            site.mark_changed()
            with contextlib.suppress(AssetbuildError):
                site.site()
            assert told.getvalue().count("an ERROR") == count
        assert builder.count == 5


def test_build_that_ends_unexpectedly_is_tried_again(project: Path) -> None:
    told = io.StringIO()
    site, _ = make_dev(project, told)
    with closing(site):
        write_tree(project, {"src/a.css": "FULL"})
        for _ in range(2):
            with pytest.raises(OSError, match="no space left"):
                site.site()
        site.start()
        deadline = time.monotonic() + LIMIT_S
        while "unexpectedly: no space left" not in told.getvalue():
            assert time.monotonic() < deadline
            write_tree(project, {"src/b.js": f"{time.monotonic()}"})
            time.sleep(0.05)
        # the watch went on
        write_tree(project, {"src/a.css": "a{}"})
        wait_for(lambda: site.build != "")


@pytest.mark.parametrize(
    ("change", "swapped", "reload"),
    [
        ({"src/a.css": "a{color:red}"}, ["a"], False),
        ({"src/p.png": "q"}, ["p"], False),
        ({"src/a.css": "x", "src/p.png": "q"}, ["a", "p"], False),
        ({"src/b.js": "let c"}, [], True),
        ({"src/a.css": "x", "src/b.js": "let c"}, ["a"], True),
        ({"src/new.css": "x"}, [], True),
    ],
)
def test_style_sheets_and_pictures_are_swapped_anything_else_reloads(
    project: Path,
    dev: tuple[DevSite, CopyBuilder],
    change: dict[str, str],
    swapped: list[str],
    reload: bool,
) -> None:
    events: queue.Queue[Event] = queue.Queue()
    dev[0].listen(events.put)
    read(events)
    write_tree(project, change)
    dev[0].mark_changed()
    site = dev[0].site()
    told = read(events)
    assert told["reload"] is reload
    assert sorted({url.rpartition("/")[2][0] for url in told["swaps"]}) == swapped
    # by its hashed URL, and by the plain one that a page without tags writes
    assert len(told["swaps"]) == 2 * len(swapped)
    for new in told["swaps"].values():
        assert new in {site.entry_url(one) for one in site.manifest.entries.values()}


def test_a_saved_file_reaches_the_pages_by_itself(
    project: Path, dev: tuple[DevSite, CopyBuilder]
) -> None:
    events: queue.Queue[Event] = queue.Queue()
    dev[0].listen(events.put)
    read(events)
    dev[0].start()
    deadline = time.monotonic() + LIMIT_S
    # the watcher needs a moment to begin: save again until it tells
    while events.empty() and time.monotonic() < deadline:
        write_tree(project, {"src/a.css": f"a{{z-index:{time.monotonic_ns()}}}"})
        time.sleep(0.3)
    assert read(events)["type"] == "change"


def test_hosts_and_origins_of_others_are_refused() -> None:
    allowed = allowed_hosts(["laptop.test"])
    for host in ("localhost", "127.0.0.1:8765", "[::1]:1", "shop.localhost:80", "LAPTOP.test"):
        assert not is_refused(host, None, allowed)
        assert not is_refused(host, "http://localhost:3000", allowed)
        assert is_refused(host, "https://evil.example", allowed)
        assert is_refused(host, "https://[evil", allowed)
        assert is_refused(host, "null", allowed)
    for bad in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", None):
        assert is_refused(bad, None, allowed)


async def _asgi_page(scope: Any, receive: Any, send: Any) -> None:
    body = b"<html><body>hi</body></html>" if scope["path"] != "/x.json" else b"{}"
    kind = b"text/html; charset=utf-8" if scope["path"] != "/x.json" else b"application/json"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[:5], "more_body": True})
    await send({"type": "http.response.body", "body": body[5:]})


def _wsgi_page(environ: Any, start_response: Any) -> list[bytes]:
    is_json = environ["PATH_INFO"] == "/x.json"
    body = b"{}" if is_json else b"<html><body>hi</body></html>"
    kind = "application/json" if is_json else "text/html; charset=utf-8"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body[:5], body[5:]]


def test_pages_get_the_script_and_nothing_else_does(dev: tuple[DevSite, CopyBuilder]) -> None:
    assets, allowed = Assets(source=dev[0]), allowed_hosts(())
    wsgi = WsgiLive(assets.origin, dev[0], _wsgi_page, allowed=allowed)
    asgi = AsgiLive(assets.origin, dev[0], _asgi_page, allowed=allowed)
    for status, headers, body in (
        ask_wsgi(wsgi, "GET", "/", LOCAL),
        ask_asgi(asgi, "GET", "/", LOCAL),
    ):
        assert (status, body) == (200, b"<html><body>hi</body></html>" + script_tag(dev[0].build))
        assert dict(headers)["content-length"] == str(len(body))
    for path in ("/x.json", assets.url("a.css"), SCRIPT_PATH):
        answer = ask_wsgi(wsgi, "GET", path, LOCAL)
        assert SCRIPT_PATH.encode() not in answer[2]
        assert ask_asgi(asgi, "GET", path, LOCAL)[2] == answer[2]


def test_pages_of_the_build_get_the_script_uncompressed(tmp_path: Path) -> None:
    page = b"<html><body>hi</body></html>"
    files = {"index.html": page * 20, "big.html": page * 20_000, "part.txt": page * 20}
    manifest = write_site(tmp_path / "out", files, unhashed=tuple(files), compressed=tuple(files))
    table = build_table(manifest, folder=str(tmp_path / "out"), mount=Mount(prefix="/"))
    origin, dev = Origin(FixedTable(table)), make_dev(tmp_path)[0]
    allowed = allowed_hosts(())
    with closing(dev):
        wsgi = WsgiLive(origin, dev, _wsgi_page, allowed=allowed)
        asgi = AsgiLive(origin, dev, _asgi_page, allowed=allowed)
        for path, name in (
            ("/", "index.html"),
            ("/big.html", "big.html"),
            ("/part.txt", "part.txt"),
        ):
            asked = ("GET", path, {**LOCAL, "Accept-Encoding": "gzip"})
            for status, headers, body in (ask_wsgi(wsgi, *asked), ask_asgi(asgi, *asked)):
                fields = dict(headers)
                assert (status, int(fields["content-length"])) == (200, len(body))
                if name == "part.txt":
                    assert fields["content-encoding"] == "gzip"
                else:
                    assert body == files[name] + script_tag(dev.build)
                    assert fields["cache-control"] == "no-store"


def test_foreign_pages_cannot_read_assets_or_events(dev: tuple[DevSite, CopyBuilder]) -> None:
    assets, allowed = Assets(source=dev[0]), allowed_hosts(())
    wsgi = WsgiLive(assets.origin, dev[0], _wsgi_page, allowed=allowed)
    asgi = AsgiLive(assets.origin, dev[0], _asgi_page, allowed=allowed)
    for path in (assets.url("a.css"), EVENTS_PATH, SCRIPT_PATH):
        for headers in ({"Host": "evil.example"}, {**LOCAL, "Origin": "https://evil.example"}):
            for answer in (
                ask_wsgi(wsgi, "GET", path, headers),
                ask_asgi(asgi, "GET", path, headers),
            ):
                assert answer[0] == 403
                assert "access-control-allow-origin" not in dict(answer[1])


def test_mounted_app_is_live_and_guarded_below_its_path(
    dev: tuple[DevSite, CopyBuilder],
) -> None:
    assets, allowed = Assets(source=dev[0]), allowed_hosts(())
    wsgi = WsgiLive(assets.origin, dev[0], _wsgi_page, allowed=allowed)
    asgi = AsgiLive(assets.origin, dev[0], _asgi_page, allowed=allowed)
    tag = b'<script src="/shop/__assetbuild/reload.js?'
    url = assets.url("a.css")
    for path, expected in (("/", tag), (SCRIPT_PATH, b"EventSource"), (url, b"a{}")):
        for headers, status in ((LOCAL, 200), ({"Host": "evil.example"}, 403)):
            answers = (
                ask_wsgi(wsgi, "GET", path, headers, mount="/shop"),
                ask_asgi(asgi, "GET", f"/shop{path}", headers, mount="/shop"),
            )
            for answer in answers:
                is_open = path == "/" or status == 200
                assert answer[0] == (200 if is_open else 403)
                assert (expected in answer[2]) is is_open


def test_page_of_a_build_that_never_succeeded_shows_the_frame(
    project: Path, dev: tuple[DevSite, CopyBuilder]
) -> None:
    write_tree(project, {"src/a.css": "a < b ERROR"})
    assets, allowed = Assets(source=dev[0]), allowed_hosts(())
    wsgi = WsgiLive(assets.origin, dev[0], _wsgi_page, allowed=allowed)
    asgi = AsgiLive(assets.origin, dev[0], _asgi_page, allowed=allowed)
    for status, _, body in (ask_wsgi(wsgi, "GET", "/", LOCAL), ask_asgi(asgi, "GET", "/", LOCAL)):
        assert status == 500
        assert b"a &lt; b ERROR" in body
        assert body.endswith(script_tag(""))


def test_events_are_a_stream_over_wsgi(dev: tuple[DevSite, CopyBuilder]) -> None:
    assets = Assets(source=dev[0])
    app = WsgiLive(assets.origin, dev[0], _wsgi_page, allowed=allowed_hosts(()))
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": EVENTS_PATH, "HTTP_HOST": "localhost"}
    started: list[Any] = []
    stream = iter(app(environ, lambda *arguments: started.append(arguments)))
    assert next(stream).startswith(b'data: {"type": "hello", "build": "')
    assert dict(started[0][1])["Content-Type"].startswith("text/event-stream")
    stream.close()  # type: ignore[attr-defined]
    assert dev[0]._listeners == {}
