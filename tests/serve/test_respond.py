"""RFC 9110 over the table, answer by answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.publish.headers import IMMUTABLE, compile_header_rules
from assetbuild.serve.respond import respond
from assetbuild.serve.table import NEVER_CHANGED, FileBody, Mount, build_table
from tests.serve.site import CSS, Site, fields, sample_table, write_site

EVERY_CORS = ("Access-Control-Allow-Origin", "*")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(*sample_table(tmp_path))


def test_hashed_url_is_immutable_with_every_header(site: Site) -> None:
    answer = site.ask(site.url("css/app.css"))
    sha = site.manifest.entries[next(iter(site.manifest.entries))].sha256
    assert answer.status == 200
    assert answer.headers == (
        ("Content-Type", "text/css; charset=utf-8"),
        ("Cache-Control", IMMUTABLE),
        EVERY_CORS,
        ("X-Content-Type-Options", "nosniff"),
        ("ETag", f'"{sha[:32]}"'),
        ("Last-Modified", NEVER_CHANGED),
        ("Vary", "Accept-Encoding"),
        ("Accept-Ranges", "bytes"),
        ("Content-Length", str(len(CSS))),
    )
    assert isinstance(answer.body, FileBody)
    assert (answer.body.size, answer.body.is_whole) == (len(CSS), True)


def test_coding_has_its_own_strong_tag_length_and_vary(site: Site) -> None:
    url = site.url("css/app.css")
    tags = set()
    for accept, coding in (("gzip", "gzip"), ("br", "br"), ("", None)):
        found = fields(site.ask(url, {"accept-encoding": accept}))
        assert found.get("content-encoding") == coding
        assert found["vary"] == "Accept-Encoding"
        assert found["content-type"] == "text/css; charset=utf-8"
        tags.add(found["etag"])
    assert len(tags) == 3
    assert all(tag.startswith('"') for tag in tags)


def test_file_without_variants_does_not_vary(site: Site) -> None:
    assert "vary" not in fields(site.ask(site.url("img/logo.png"), {"accept-encoding": "gzip"}))


def test_unhashed_name_is_revalidated_and_has_no_date(site: Site) -> None:
    for name in ("/assets/robots.txt", "/assets/css/app.css"):
        found = fields(site.ask(name))
        assert found["cache-control"] == "no-cache"
        assert "etag" in found
        assert "last-modified" not in found
        later = {"if-modified-since": "Tue, 24 Nov 2026 00:00:00 GMT"}
        assert site.ask(name, later).status == 200


def test_unhashed_names_can_be_off(tmp_path: Path) -> None:
    site = Site(*sample_table(tmp_path, Mount(has_unhashed=False)))
    assert site.ask("/assets/css/app.css").status == 404
    assert site.ask("/assets/robots.txt").status == 200
    assert site.ask(site.url("css/app.css")).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "css/app.000000000000.css",
        "css/app.css.gz",
        "css/app.css/",
        "css/",
        "css",
        "",
        "manifest.json",
        "nothing.js",
        "../secret",
        "css/../css/app.css",
        "css//app.css",
        "./css/app.css",
        "/css/app.css",
        "css\\app.css",
        "CSS/APP.CSS",
        "css/app.css\0",
        "css/app.css\0.png",
        "%2e%2e/secret",
        "..%2fsecret",
        "css%2fapp.css",
        "css/app.cs%zz",
        "css/app.css%",
        "css/app\udcff.css",
        ".env",
        ".git/config",
        "x" * 100_000,
        "css/app.css?x",
        "css/app.css#x",
        "css/app.css ",
        "css/app.css.",
        "css/app.css::$DATA",
        "..\\..\\secret",
        "..;/secret",
        "....//secret",
        "\uff0e\uff0e/secret",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_anything_else_below_the_prefix_is_404_no_store(site: Site, path: str, method: str) -> None:
    found = respond(site.table, method, "/assets/" + path, {})
    assert found is not None
    assert found.status == 404
    assert fields(found)["cache-control"] == "no-store"
    assert fields(found)["content-type"] == "text/plain; charset=utf-8"
    assert EVERY_CORS in found.headers
    assert found.body == (b"" if method == "HEAD" else b"404: no such asset\n")


def test_variant_is_no_resource_of_its_own(site: Site) -> None:
    entry = next(iter(site.manifest.entries.values()))
    for variant in entry.variants.values():
        assert site.ask("/assets/" + variant.path).status == 404


def test_current_bytes_never_answer_under_another_hash(site: Site) -> None:
    url = site.url("css/app.css")
    digest = url.split(".")[1]
    for other in ("0" * 12, digest[:-1], digest + "0", digest.upper(), digest[::-1]):
        if other != digest:
            answer = site.ask(url.replace(digest, other))
            assert (answer.status, fields(answer)["cache-control"]) == (404, "no-store")


def test_hash_first_form_is_a_key_too(tmp_path: Path) -> None:
    manifest = write_site(tmp_path, {"images/logo.png": b"png"}, form="folder")
    table = build_table(
        manifest, folder=str(tmp_path), mount=Mount(prefix="/", hosts=("static.example.com",))
    )
    hashed = next(iter(manifest.entries.values())).hashed
    host = {"host": "static.example.com"}
    found = respond(table, "GET", f"/{hashed}", host)
    assert found is not None
    assert fields(found)["cache-control"] == IMMUTABLE
    lost = respond(table, "GET", "/829dd67168a3/images/logo.png", host)
    assert lost is not None
    assert (lost.status, fields(lost)["cache-control"]) == (404, "no-store")


def test_earlier_release_answers_its_own_hash_only(tmp_path: Path) -> None:
    old = write_site(tmp_path / "old", {"a.css": b"old"})
    new = write_site(tmp_path / "new", {"a.css": b"new"})
    table = build_table(
        new,
        folder=str(tmp_path / "new"),
        mount=Mount(),
        previous=[(old, str(tmp_path / "old"))],
    )
    for manifest, folder in ((old, "old"), (new, "new")):
        entry = next(iter(manifest.entries.values()))
        answer = respond(table, "GET", "/assets/" + entry.hashed, {})
        assert answer is not None
        assert isinstance(answer.body, FileBody)
        assert answer.body.folder == str(tmp_path / folder)
        assert fields(answer)["cache-control"] == IMMUTABLE
    plain = respond(table, "GET", "/assets/a.css", {})
    assert plain is not None
    assert isinstance(plain.body, FileBody)
    assert plain.body.folder == str(tmp_path / "new")


def test_earlier_release_serves_nothing_hidden_and_nothing_without_a_hash(tmp_path: Path) -> None:
    files = {"a.css": b"1", "gone.txt": b"2", ".env": b"3"}
    old = write_site(tmp_path / "old", files, unhashed=("gone.txt",))
    table = build_table(
        write_site(tmp_path / "new", {}),
        folder=str(tmp_path / "new"),
        mount=Mount(),
        previous=[(old, str(tmp_path / "old"))],
    )
    (name,) = table.resources
    assert name.startswith("a.") and name != "a.css"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get"])
def test_other_methods_are_405_with_allow(site: Site, method: str) -> None:
    answer = site.ask(site.url("css/app.css"), method=method)
    assert answer.status == 405
    assert fields(answer)["allow"] == "GET, HEAD, OPTIONS"


def test_preflight_allows_any_origin(site: Site) -> None:
    headers = {"origin": "https://example.com", "access-control-request-method": "GET"}
    answer = site.ask(site.url("fonts/a.woff2"), headers, "OPTIONS")
    found = fields(answer)
    assert answer.status == 200
    assert found["access-control-allow-origin"] == "*"
    assert found["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert found["content-length"] == "0"


def test_nothing_acceptable_is_406(site: Site) -> None:
    for method, body in (("GET", b"406: no acceptable content coding\n"), ("HEAD", b"")):
        answer = site.ask(
            site.url("css/app.css"), {"accept-encoding": "identity;q=0, deflate"}, method
        )
        assert (answer.status, answer.body) == (406, body)
        assert fields(answer)["vary"] == "Accept-Encoding"


def test_every_answer_has_cors_nosniff_and_a_length(site: Site) -> None:
    url = site.url("css/app.css")
    asked: list[dict[str, str]] = [{}, {"range": "bytes=0-1"}, {"range": "bytes=9999-"}]
    asked += [{"if-none-match": "*"}, {"if-match": '"x"'}, {"accept-encoding": "*;q=0"}]
    for headers in asked:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            answer = site.ask(url, headers, method)
            found = fields(answer)
            assert found["access-control-allow-origin"] == "*"
            assert found["x-content-type-options"] == "nosniff"
            # RFC 9110 section 15.4.5: a 304 tells the length of nothing
            assert ("content-length" in found) is (answer.status != 304)


def test_custom_headers_come_from_the_same_place_as_the_uploader(tmp_path: Path) -> None:
    rules = compile_header_rules(
        [("img/**", {"X-Robots-Tag": "noindex", "Cache-Control": "public, max-age=60"})]
    )
    site = Site(*sample_table(tmp_path, Mount(rules=rules)))
    found = fields(site.ask(site.url("img/logo.png")))
    assert found["x-robots-tag"] == "noindex"
    assert found["cache-control"] == "public, max-age=60"
    kept = fields(site.ask(site.url("img/logo.png"), {"if-none-match": "*"}))
    assert kept["x-robots-tag"] == "noindex"
    assert "x-robots-tag" not in fields(site.ask(site.url("css/app.css")))


def test_other_paths_belong_to_the_app(site: Site) -> None:
    for path in ("/", "/assets", "/assetsx/css/app.css", "/admin", "//assets/css/app.css", ""):
        assert respond(site.table, "GET", path, {"host": "example.com"}) is None


def test_our_host_is_ours_whole(tmp_path: Path) -> None:
    site = Site(*sample_table(tmp_path, Mount(hosts=("static.", "cdn.example.org"))))
    name = site.url("css/app.css")
    for host in ("static.example.com", "STATIC.example.com:8000", "cdn.example.org"):
        headers = {"host": host}
        assert site.ask(name, headers).status == 200
        assert site.ask(name.removeprefix("/assets"), headers).status == 200
        for path in ("/", "/admin/", "/login", "/css/app.000000000000.css"):
            answer = site.ask(path, headers)
            assert (answer.status, fields(answer)["cache-control"]) == (404, "no-store")
            assert "set-cookie" not in fields(answer)
    assert respond(site.table, "GET", "/admin/", {"host": "www.example.com"}) is None
    assert respond(site.table, "GET", "/admin/", {}) is None


def test_root_prefix_leaves_unknown_paths_to_the_app(tmp_path: Path) -> None:
    site = Site(*sample_table(tmp_path, Mount(prefix="/")))
    assert site.ask("/robots.txt").status == 200
    assert respond(site.table, "GET", "/admin", {}) is None


def test_hidden_names_are_never_in_the_table(tmp_path: Path) -> None:
    names = {".env": b"x", ".git/config": b"x", "a/.htpasswd": b"x", ".well-known/x.txt": b"x"}
    manifest = write_site(tmp_path, names, unhashed=tuple(names))
    table = build_table(manifest, folder=str(tmp_path), mount=Mount())
    assert sorted(table.resources) == [".well-known/x.txt"]


def test_same_question_gets_the_same_value(site: Site) -> None:
    url = site.url("css/app.css")
    assert site.ask(url, {"accept-encoding": "br"}) is site.ask(url, {"accept-encoding": "br"})


def test_a_folder_answers_with_its_page_where_that_keeps_its_name(tmp_path: Path) -> None:
    files = {"index.html": b"1", "blog/index.html": b"2", "old/index.html": b"3"}
    manifest = write_site(tmp_path, files, unhashed=("index.html", "blog/index.html"))
    table = build_table(manifest, folder=str(tmp_path), mount=Mount(prefix="/"))
    pages = {
        path: None if found is None else fields(found)["etag"]
        for path in ("/", "/index.html", "/blog/", "/blog/index.html", "/old/", "/old")
        for found in [respond(table, "GET", path, {})]
    }
    assert pages["/"] == pages["/index.html"] and pages["/"] is not None
    assert pages["/blog/"] == pages["/blog/index.html"] != pages["/"]
    assert pages["/old/"] is None and pages["/old"] is None


@pytest.mark.parametrize(
    ("prefix", "path", "host", "place"),
    [
        ("/", "/blog", "", "/blog/"),
        ("/", "/blog/a b", "", "/blog/a%20b/"),
        ("/", "/x\\y", "", "/x%5Cy/"),
        ("/assets/", "/assets/blog", "", "/assets/blog/"),
        ("/assets/", "/assets", "", "/assets/"),
        ("/assets/", "/blog", "static.example.com", "/blog/"),
        ("/assets/", "/assets", "static.example.com", "/assets/"),
        # never to another host, and not where nothing lies
        ("/", "//blog", "", None),
        ("/", "/blog//", "", None),
        ("/", "/bl", "", None),
        ("/", "/file", "", None),
        ("/", "", "", "/"),
        ("/assets/", "/blog", "", None),
        ("/assets/", "", "", None),
    ],
)
def test_a_folder_without_its_slash_leads_to_the_folder(
    tmp_path: Path, prefix: str, path: str, host: str, place: str | None
) -> None:
    pages = ["index.html", "blog/index.html", "blog/a b/index.html", "x\\y/index.html"]
    files = dict.fromkeys([*pages, "file"], b"1")
    manifest = write_site(tmp_path, files, unhashed=tuple(files))
    mount = Mount(prefix=prefix, hosts=("static.example.com",))
    table = build_table(manifest, folder=str(tmp_path), mount=mount)
    found = respond(table, "GET", path, {"host": host})
    moved = found if found is not None and found.status == 301 else None
    assert (fields(moved)["location"] if moved else None) == place
