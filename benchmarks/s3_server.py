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
from email.utils import formatdate
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape, unescape

_KEPT = ("content-type", "cache-control", "content-encoding", "content-disposition", "expires")
_REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 400: "Bad Request"}


class Bucket:
    """Every object of the server, by "bucket/key"."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str, float, dict[str, str]]] = {}
        self.requests = 0
        self.first = 0.0  # time.monotonic() of the first request since the last stats

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
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
            return self._put(name, headers, body)
        if method == "DELETE":
            self.objects.pop(name, None)
            return 204, {}, b""
        found = self.objects.get(name)
        if found is None:
            return 404, {}, b"<Error><Code>NoSuchKey</Code></Error>"
        data, etag, changed, kept = found
        fields = {**kept, "etag": f'"{etag}"', "last-modified": formatdate(changed, usegmt=True)}
        return 200, fields, data

    def _put(
        self, name: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        declared = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        if declared.startswith("STREAMING-"):
            body = _join_chunks(body)
        etag = hashlib.sha256(body).hexdigest()
        if len(declared) == 64 and declared != etag:
            return 400, {}, b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>"
        md5 = headers.get("content-md5")
        if md5 is not None and base64.b64decode(md5) != hashlib.md5(body).digest():
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


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with Content-Length, which is what S3's clients speak."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._blocks: list[bytes] = []
        self._size = 0
        self._needed = 0  # bytes of the request under way, 0: its head is not whole yet
        self._head: tuple[str, str, dict[str, str], int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._blocks.append(data)
        self._size += len(data)
        while self._size and self._size >= self._needed:
            whole = self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)
            self._blocks = [whole]
            if self._head is None and not self._read_head(whole):
                return
            assert self._head is not None
            if self._size < self._needed:
                return
            method, target, headers, start = self._head
            rest = whole[self._needed :]
            answer = self._bucket.answer(method, target, headers, whole[start : self._needed])
            self._blocks, self._size = ([rest] if rest else []), len(rest)
            self._head, self._needed = None, 0
            self._send(method, *answer)

    def _read_head(self, data: bytes) -> bool:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = data[:end].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._head = (method, target, headers, end + 4)
        self._needed = end + 4 + int(headers.get("content-length", 0))
        return True

    def _send(self, method: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"HTTP/1.1 {status} {_REASONS.get(status, 'Failed')}\r\n{told}"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode("latin-1")
        self._transport.write(head if method == "HEAD" else head + body)


def _join_chunks(data: bytes) -> bytes:
    """Take apart aws-chunked: size[;signature] CRLF bytes CRLF, until a size of 0."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = data.index(b"\r\n", at)
        size = int(data[at:end].partition(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(data[end + 2 : end + 2 + size])
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
    server = await loop.create_server(lambda: _Connection(bucket), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
