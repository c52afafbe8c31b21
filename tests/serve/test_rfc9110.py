"""RFC 9110, section by section, as one table: what is asked, what must be answered.

In TABLE the file is css/app.css: 800 bytes, with gzip and br variants. ``TAG`` stands for its entity tag
without a coding, ``GZIP`` for that of the gzip form. Sections are those of RFC 9110 (RFC 9111 and the
Fetch standard where named). In FOLDER the path is that of a folder with a page, without its slash.
"""

from __future__ import annotations

import pytest

from assetbuild.serve.table import NEVER_CHANGED, FileBody
from tests.serve.site import Site, fields, sample_table

OLD = "Fri, 31 Dec 1999 23:59:59 GMT"
Row = tuple[str, str, dict[str, str], int, dict[str, str | None]]

TABLE: list[Row] = [
    # section, method, request fields, status, answer fields (None: the field is not there)
    ("8.3 type", "GET", {}, 200, {"content-type": "text/css; charset=utf-8"}),
    ("8.4 coding", "GET", {"accept-encoding": "gzip"}, 200, {"content-encoding": "gzip"}),
    ("8.4 no coding", "GET", {}, 200, {"content-encoding": None}),
    ("8.4.1.3 x-gzip", "GET", {"accept-encoding": "x-gzip"}, 200, {"content-encoding": "gzip"}),
    ("8.6 length", "GET", {}, 200, {"content-length": "800"}),
    ("8.8.1 strong", "GET", {}, 200, {"etag": "TAG"}),
    ("8.8.3.3 one a coding", "GET", {"accept-encoding": "gzip"}, 200, {"etag": "GZIP"}),
    ("8.8.2 date", "GET", {}, 200, {"last-modified": NEVER_CHANGED}),
    ("9.3.1 GET", "GET", {}, 200, {}),
    ("9.3.2 HEAD", "HEAD", {}, 200, {"content-length": "800", "etag": "TAG"}),
    ("9.3.2 HEAD", "HEAD", {"accept-encoding": "gzip"}, 200, {"etag": "GZIP"}),
    ("9.3.3 POST", "POST", {}, 405, {"allow": "GET, HEAD, OPTIONS"}),
    ("9.3.4 PUT", "PUT", {}, 405, {"allow": "GET, HEAD, OPTIONS"}),
    ("9.3.5 DELETE", "DELETE", {}, 405, {"allow": "GET, HEAD, OPTIONS"}),
    ("9.3.7 OPTIONS", "OPTIONS", {}, 200, {"allow": "GET, HEAD, OPTIONS", "content-length": "0"}),
    ("9.1 case", "get", {}, 405, {}),
    ("12.5.3 absent", "GET", {}, 200, {"content-encoding": None}),
    ("12.5.3 empty", "GET", {"accept-encoding": ""}, 200, {"content-encoding": None}),
    ("12.5.3 case", "GET", {"accept-encoding": "GZip"}, 200, {"content-encoding": "gzip"}),
    ("12.5.3 q", "GET", {"accept-encoding": "gzip;q=1, br;q=0.5"}, 200, {"content-encoding": "gzip"}),
    ("12.5.3 q=0", "GET", {"accept-encoding": "gzip, br;q=0"}, 200, {"content-encoding": "gzip"}),
    ("12.5.3 q=0.000", "GET", {"accept-encoding": "br;q=0.000"}, 200, {"content-encoding": None}),
    ("12.5.3 star", "GET", {"accept-encoding": "*"}, 200, {"content-encoding": "br"}),
    ("12.5.3 star", "GET", {"accept-encoding": "br;q=0, *"}, 200, {"content-encoding": "gzip"}),
    ("12.5.3 identity", "GET", {"accept-encoding": "identity, gzip;q=0.5"}, 200, {"content-encoding": None}),
    ("12.5.3 identity;q=0", "GET", {"accept-encoding": "identity;q=0, gzip;q=0.1"}, 200, {"content-encoding": "gzip"}),
    ("12.5.3 unknown", "GET", {"accept-encoding": "deflate"}, 200, {"content-encoding": None}),
    ("15.5.7 nothing fits", "GET", {"accept-encoding": "identity;q=0"}, 406, {"vary": "Accept-Encoding"}),
    ("15.5.7 nothing fits", "GET", {"accept-encoding": "*;q=0"}, 406, {}),
    ("12.4.2 bad weight", "GET", {"accept-encoding": "gzip;q=2, br"}, 200, {"content-encoding": "br"}),
    ("12.5.5 Vary", "GET", {}, 200, {"vary": "Accept-Encoding"}),
    ("12.5.5 Vary", "GET", {"accept-encoding": "br"}, 200, {"vary": "Accept-Encoding"}),
    ("13.1.1 If-Match", "GET", {"if-match": "TAG"}, 200, {}),
    ("13.1.1 If-Match", "GET", {"if-match": '"x", TAG'}, 200, {}),
    ("13.1.1 any", "GET", {"if-match": "*"}, 200, {}),
    ("13.1.1 weak", "GET", {"if-match": "W/TAG"}, 412, {"cache-control": "no-store"}),
    ("13.1.1 other coding", "GET", {"if-match": "GZIP"}, 412, {}),
    ("13.1.2 If-None-Match", "GET", {"if-none-match": "TAG"}, 304, {"etag": "TAG"}),
    ("13.1.2 weak", "GET", {"if-none-match": "W/TAG"}, 304, {"etag": "TAG"}),
    ("13.1.2 list", "GET", {"if-none-match": '"a",W/"b" , TAG'}, 304, {}),
    ("13.1.2 empty elements", "GET", {"if-none-match": ", ,TAG,"}, 304, {}),
    ("13.1.2 any", "GET", {"if-none-match": "*"}, 304, {}),
    ("13.1.2 any, quoted", "GET", {"if-none-match": '"*"'}, 200, {}),
    ("13.1.2 HEAD", "HEAD", {"if-none-match": "TAG"}, 304, {}),
    ("13.1.2 other", "GET", {"if-none-match": '"x"'}, 200, {}),
    ("13.1.2 unquoted", "GET", {"if-none-match": "x"}, 200, {}),
    ("13.1.2 other coding", "GET", {"if-none-match": "GZIP"}, 200, {}),
    ("13.1.2 its coding", "GET", {"if-none-match": "GZIP", "accept-encoding": "gzip"}, 304, {"etag": "GZIP"}),
    ("13.1.3 If-Modified-Since", "GET", {"if-modified-since": NEVER_CHANGED}, 304, {}),
    ("13.1.3 older", "GET", {"if-modified-since": OLD}, 200, {}),
    ("13.1.3 no date", "GET", {"if-modified-since": "now"}, 200, {}),
    ("13.1.3 tag rules", "GET", {"if-modified-since": NEVER_CHANGED, "if-none-match": '"x"'}, 200, {}),
    ("13.1.4 unmodified", "GET", {"if-unmodified-since": NEVER_CHANGED}, 200, {}),
    ("13.1.4 modified", "GET", {"if-unmodified-since": OLD}, 412, {}),
    ("13.1.4 no date", "GET", {"if-unmodified-since": "now"}, 200, {}),
    ("13.1.5 If-Range", "GET", {"range": "bytes=0-3", "if-range": "TAG"}, 206, {"content-length": "4"}),
    ("13.1.5 weak", "GET", {"range": "bytes=0-3", "if-range": "W/TAG"}, 200, {"content-length": "800"}),
    ("13.1.5 other", "GET", {"range": "bytes=0-3", "if-range": '"x"'}, 200, {}),
    ("13.1.5 date", "GET", {"range": "bytes=0-3", "if-range": NEVER_CHANGED}, 200, {}),
    ("13.1.5 without Range", "GET", {"if-range": "TAG"}, 200, {}),
    ("13.2.2 order", "GET", {"if-match": '"x"', "if-none-match": "TAG"}, 412, {}),
    ("13.2.2 order", "GET", {"if-match": "TAG", "if-none-match": "TAG"}, 304, {}),
    ("13.2.2 order", "GET", {"range": "bytes=0-3", "if-none-match": "TAG"}, 304, {}),
    ("13.2.1 no GET", "POST", {"if-match": '"x"'}, 405, {}),
    ("14.1.2 first and last", "GET", {"range": "bytes=2-5"}, 206, {"content-range": "bytes 2-5/800"}),
    ("14.1.2 one byte", "GET", {"range": "bytes=0-0"}, 206, {"content-range": "bytes 0-0/800"}),
    ("14.1.2 last byte", "GET", {"range": "bytes=799-799"}, 206, {"content-range": "bytes 799-799/800"}),
    ("14.1.2 open", "GET", {"range": "bytes=700-"}, 206, {"content-range": "bytes 700-799/800"}),
    ("14.1.2 suffix", "GET", {"range": "bytes=-3"}, 206, {"content-range": "bytes 797-799/800"}),
    ("14.1.2 long suffix", "GET", {"range": "bytes=-9999"}, 206, {"content-range": "bytes 0-799/800"}),
    ("14.1.2 beyond", "GET", {"range": "bytes=700-9999"}, 206, {"content-range": "bytes 700-799/800"}),
    ("14.1.2 backwards", "GET", {"range": "bytes=5-2"}, 200, {"content-range": None}),
    ("14.1.2 unit's case", "GET", {"range": "Bytes=2-5"}, 206, {}),
    ("14.2 other unit", "GET", {"range": "lines=1-2"}, 200, {}),
    ("14.2 several", "GET", {"range": "bytes=0-1,4-5"}, 200, {}),
    ("14.2 HEAD", "HEAD", {"range": "bytes=0-3"}, 200, {"content-range": None}),
    ("14.3 Accept-Ranges", "GET", {}, 200, {"accept-ranges": "bytes"}),
    ("15.3.7 206", "GET", {"range": "bytes=0-3"}, 206, {"etag": "TAG", "vary": "Accept-Encoding"}),
    ("15.4.5 304", "GET", {"if-none-match": "TAG"}, 304, {"vary": "Accept-Encoding", "content-type": None, "content-length": None}),
    ("15.5.17 416", "GET", {"range": "bytes=800-"}, 416, {"content-range": "bytes */800"}),
    ("15.5.17 empty suffix", "GET", {"range": "bytes=-0"}, 416, {"content-range": "bytes */800"}),
    ("9111 5.2.2 immutable", "GET", {}, 200, {"cache-control": "public, max-age=31536000, immutable"}),
    ("Fetch: CORS", "GET", {"origin": "https://a.example"}, 200, {"access-control-allow-origin": "*"}),
    ("Fetch: CORS 206", "GET", {"range": "bytes=0-3"}, 206, {"access-control-allow-origin": "*"}),
    ("Fetch: CORS 304", "GET", {"if-none-match": "*"}, 304, {"access-control-allow-origin": "*"}),
    ("Fetch: CORS 416", "GET", {"range": "bytes=800-"}, 416, {"access-control-allow-origin": "*"}),
    ("Fetch: nosniff", "GET", {}, 200, {"x-content-type-options": "nosniff"}),
]  # fmt: skip

PLACE: dict[str, str | None] = {"location": "/assets/help/"}
FOLDER: list[Row] = [
    ("15.4.2 301", "GET", {}, 301, {**PLACE, "content-type": "text/plain; charset=utf-8"}),
    ("15.4.2 HEAD", "HEAD", {}, 301, PLACE),
    ("9.3.3 POST", "POST", {}, 405, {"location": None, "allow": "GET, HEAD, OPTIONS"}),
    ("9.3.7 OPTIONS", "OPTIONS", {}, 200, {"location": None, "allow": "GET, HEAD, OPTIONS"}),
    ("12.5.3 coding", "GET", {"accept-encoding": "gzip, identity;q=0"}, 301, {"content-encoding": None}),
    ("13.2.1 conditions", "GET", {"if-none-match": "*"}, 301, {**PLACE, "etag": None}),
    ("13.2.1 conditions", "GET", {"if-match": '"x"'}, 301, PLACE),
    ("13.2.1 conditions", "GET", {"if-modified-since": NEVER_CHANGED}, 301, PLACE),
    ("14.2 Range", "GET", {"range": "bytes=0-0"}, 301, {"content-range": None, "accept-ranges": None}),
    ("9111 4.2.2 kept for good", "GET", {}, 301, {"cache-control": "no-cache"}),
]  # fmt: skip

ROWS = [("css/app.css", row) for row in TABLE] + [("help", row) for row in FOLDER]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(*sample_table(tmp_path_factory.mktemp("site")))


@pytest.mark.parametrize(
    ("name", "row"),
    ROWS,
    ids=[f"{number}-{row[0]}" for number, (_, row) in enumerate(ROWS)],
)
def test_answer_is_what_the_section_says(site: Site, name: str, row: Row) -> None:
    section, method, asked, status, expected = row
    file, url = site.url("css/app.css"), site.url(name)
    tags = {
        "TAG": fields(site.ask(file))["etag"],
        "GZIP": fields(site.ask(file, {"accept-encoding": "gzip"}))["etag"],
    }

    def put(text: str) -> str:
        for word, tag in tags.items():
            text = text.replace(word, tag)
        return text

    answer = site.ask(url, {key: put(value) for key, value in asked.items()}, method)
    found = fields(answer)
    assert answer.status == status, section
    for key, value in expected.items():
        assert found.get(key) == (None if value is None else put(value)), (section, key)
    # 6.4.1: an answer to HEAD and a 304 have no content; elsewhere the length is that of the body
    length = answer.body.length if isinstance(answer.body, FileBody) else len(answer.body)
    if method == "HEAD" or status == 304:
        assert length == 0
    else:
        assert found["content-length"] == str(length)
