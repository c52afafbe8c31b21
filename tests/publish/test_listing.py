"""A hundred thousand keys: pages are read in order, and a cut page is asked for again."""

from __future__ import annotations

import contextlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from assetbuild.publish.opening import StoreOptions, open_store
from assetbuild.publish.target import read_target
from tests.support.http_server import run_http_server

KEYS = 100_000


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        start = int(query.get("continuation-token", ["0"])[0])
        objects = "".join(
            f"<Contents><Key>p/k{n:06}</Key><LastModified>2026-11-24T00:00:00.000Z</LastModified>"
            f'<ETag>"e"</ETag><Size>{n}</Size></Contents>'
            for n in range(start, start + 1000)
        )
        more = start + 1000 < KEYS
        tail = f"<NextContinuationToken>{start + 1000}</NextContinuationToken>" if more else ""
        data = (
            f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>"
            f"{tail}{objects}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def test_listing_of_a_hundred_thousand_keys_costs_a_request_a_thousand() -> None:
    with run_http_server(ThreadingHTTPServer(("127.0.0.1", 0), _Pages)) as url:
        env = {
            "ASSETBUILD_S3_URL": f"s3://b/p?endpoint={url}",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
        }
        store = open_store(read_target(env, Path()), {}, StoreOptions())
        with contextlib.closing(store):
            found = list(store.list_objects())
    assert store.requests == KEYS // 1000
    assert [one.key for one in found[:2]] == ["k000000", "k000001"]
    assert (len(found), found[-1].size) == (KEYS, KEYS - 1)
