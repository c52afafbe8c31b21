"""An S3 server for measuring clients: on loopback, in memory, so that the client is what is timed.

Usage: python -m benchmarks.s3_server   (prints its URL, runs until it is ended)
It reads every body, refuses one whose sha256 is not the declared one (or Content-MD5, where there is
one), keeps bytes and headers, obeys If-None-Match and lists in pages of 1,000. It checks no signature,
and its ETags are sha256s, not MD5s: they cost what a client's own work costs, on the same cores.
GET /-/stats tells the requests since the last such question and when the first of them came.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape, unescape

_KEPT = ("content-type", "cache-control", "content-encoding", "content-disposition", "expires")
_PAGE = 16 * 1024
_SMALL = 64 * 1024  # bytes that are hashed sooner than handed to a thread
_REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 400: "Bad Request"}


class Bucket:
    """Every object of the server, by "bucket/key"."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytearray, str, float, dict[str, str]]] = {}
        self.requests = 0
        self.first = 0.0  # time.monotonic() of the first request since the last stats

    def answer(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytearray,
        sha256: str,
        md5: bytes | None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; the digests are those of the request's body."""
        if target == "/-/stats":
            told = json.dumps({"requests": self.requests, "first": self.first}).encode()
            self.requests, self.first = 0, 0.0
            return 200, {}, told
        self.first = self.first or time.monotonic()
        self.requests += 1
        path, _, query_text = target.partition("?")
        name = unquote(path).lstrip("/")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        bucket, _, key = name.partition("/")
        if not key:
            if method == "GET" and "location" not in query and bucket:
                return self._list(bucket, query)
            if method == "POST" and "delete" in query:
                for one in re.findall(r"<Key>(.*?)</Key>", body.decode()):
                    self.objects.pop(f"{bucket}/{unescape(one)}", None)
                return 200, {}, b"<DeleteResult/>"
            return 200, {}, b"<LocationConstraint/>"
        if method == "PUT":
            return self._put(name, headers, body, sha256, md5)
        if method == "DELETE":
            self.objects.pop(name, None)
            return 204, {}, b""
        found = self.objects.get(name)
        if found is None:
            return 404, {}, b"<Error><Code>NoSuchKey</Code></Error>"
        data, etag, changed, kept = found
        fields = {**kept, "etag": f'"{etag}"', "last-modified": formatdate(changed, usegmt=True)}
        return 200, fields, bytes(data)

    def _put(
        self,
        name: str,
        headers: Mapping[str, str],
        body: bytearray,
        etag: str,
        md5: bytes | None,
    ) -> tuple[int, dict[str, str], bytes]:
        declared = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        if len(declared) == 64 and declared != etag:
            return 400, {}, b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>"
        if md5 is not None and base64.b64decode(headers["content-md5"]) != md5:
            return 400, {}, b"<Error><Code>BadDigest</Code></Error>"
        if headers.get("if-none-match") == "*" and name in self.objects:
            return 412, {}, b"<Error><Code>PreconditionFailed</Code></Error>"
        kept = {
            one: value
            for one, value in headers.items()
            if one in _KEPT or one.startswith("x-amz-meta-")
        }
        self.objects[name] = (body, etag, time.time(), kept)
        return 200, {"etag": f'"{etag}"'}, b""

    def _list(self, bucket: str, query: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        start = f"{bucket}/{query.get('prefix', '')}"
        names = sorted(one for one in self.objects if one.startswith(start))
        folders: set[str] = set()
        if query.get("delimiter"):
            deep = {one for one in names if "/" in one[len(start) :]}
            folders = {start + one[len(start) :].partition("/")[0] + "/" for one in deep}
            names = [one for one in names if one not in deep]
        after = query.get("continuation-token") or query.get("marker") or ""
        names = names[bisect_right(names, f"{bucket}/{after}") if after else 0 :]
        page = names[: int(query.get("max-keys") or 1000)]
        encode = quote if query.get("encoding-type") == "url" else escape
        parts = ["<ListBucketResult>"]
        for one in page:
            data, etag, changed, _ = self.objects[one]
            when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(changed))
            parts.append(
                f"<Contents><Key>{encode(one[len(bucket) + 1 :])}</Key>"
                f"<LastModified>{when}.{int(changed % 1 * 1000):03d}Z</LastModified>"
                f'<ETag>"{etag}"</ETag><Size>{len(data)}</Size>'
                "<StorageClass>STANDARD</StorageClass></Contents>"
            )
        is_more = len(names) > len(page)
        parts += [
            f"<CommonPrefixes><Prefix>{encode(one[len(bucket) + 1 :])}</Prefix></CommonPrefixes>"
            for one in sorted(folders)
        ]
        parts.append(f"<KeyCount>{len(page)}</KeyCount><MaxKeys>1000</MaxKeys>")
        parts.append(f"<IsTruncated>{str(is_more).lower()}</IsTruncated>")
        if is_more:
            last = encode(page[-1][len(bucket) + 1 :])
            parts.append(f"<NextMarker>{last}</NextMarker>")
            parts.append(f"<NextContinuationToken>{last}</NextContinuationToken>")
        parts.append("</ListBucketResult>")
        return 200, {"content-type": "application/xml"}, "".join(parts).encode()


class _Connection(asyncio.BufferedProtocol):
    """HTTP/1.1 with Content-Length, which is what S3's clients speak.

    Bodies are received where they stay and hashed beside the loop, so that a client finds the
    server waiting for it and not the other way round.
    """

    def __init__(self, bucket: Bucket, hashers: ThreadPoolExecutor) -> None:
        self._bucket = bucket
        self._hashers = hashers
        self._page = bytearray(_PAGE)  # of heads and small bodies
        self._filled = 0  # bytes of the page
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._body = bytearray()
        self._got = 0  # bytes of the body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, _sizehint: int) -> memoryview:
        if self._head is not None:
            return memoryview(self._body)[self._got :]
        if self._filled == len(self._page):
            self._page.extend(bytes(_PAGE))
        return memoryview(self._page)[self._filled :]

    def buffer_updated(self, count: int) -> None:
        if self._head is None:
            self._filled += count
            self._read_head()
        else:
            self._got += count
        if self._head is not None and self._got == len(self._body):
            self._finish()

    def _read_head(self) -> None:
        end = self._page.find(b"\r\n\r\n", 0, self._filled)
        if end < 0:
            return
        first, *lines = self._page[:end].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head = (method, target, headers)
        self._body = bytearray(int(headers.get("content-length", 0)))
        # a client of S3 waits for the answer before its next request
        self._got = self._filled - end - 4
        self._body[: self._got] = self._page[end + 4 : self._filled]
        self._filled = 0

    def _finish(self) -> None:
        assert self._head is not None
        (method, target, headers), body = self._head, self._body
        self._head, self._body, self._got = None, bytearray(), 0
        if headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
            body = _join_chunks(body)

        def answer(digests: tuple[str, bytes | None]) -> None:
            self._send(method, *self._bucket.answer(method, target, headers, body, *digests))

        has_md5 = "content-md5" in headers
        if len(body) < _SMALL:
            answer(_digests(body, has_md5=has_md5))
            return
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._hashers, lambda: _digests(body, has_md5=has_md5))
        future.add_done_callback(lambda done: answer(done.result()))

    def _send(self, method: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Failed')}\r\n{told}"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode("latin-1")
        self._transport.write(head if method == "HEAD" else head + body)


def _digests(body: bytearray, *, has_md5: bool) -> tuple[str, bytes | None]:
    """Return sha256 in hex and, where it was declared, MD5."""
    return hashlib.sha256(body).hexdigest(), hashlib.md5(body).digest() if has_md5 else None


def _join_chunks(data: bytearray) -> bytearray:
    """Take apart aws-chunked: size[;signature] CRLF bytes CRLF, until a size of 0."""
    parts, at = bytearray(), 0
    while True:
        end = data.index(b"\r\n", at)
        size = int(data[at:end].partition(b";")[0], 16)
        if size == 0:
            return parts
        parts += memoryview(data)[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


@contextlib.contextmanager
def run_server() -> Iterator[str]:
    """Yield the URL of a fresh, empty server in a process of its own."""
    argv = [sys.executable, "-m", "benchmarks.s3_server"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


async def _serve() -> None:
    bucket = Bucket()
    loop = asyncio.get_running_loop()
    hashers = ThreadPoolExecutor(2)
    server = await loop.create_server(lambda: _Connection(bucket, hashers), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
