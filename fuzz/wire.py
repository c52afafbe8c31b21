"""Targets: what clients, stores and other programs send."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import h11

from assetbuild.assets.manifest import dump_manifest, parse_manifest
from assetbuild.assets.urls import decode_path, locate_url, quote_path, relative_url, split_suffix
from assetbuild.buildpacks.lock import parse_lock, render_lock
from assetbuild.config.load import parse_config
from assetbuild.config.locate import locate_keys
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import try_logical
from assetbuild.publish.ledger import dump_record, parse_record
from assetbuild.publish.s3_xml import (
    parse_completed,
    parse_deleted,
    parse_error,
    parse_list,
    parse_parts,
    parse_upload_id,
    parse_uploads,
)
from assetbuild.publish.target import read_target
from assetbuild.serve.asgi import read_path
from assetbuild.serve.negotiate import (
    IDENTITY,
    choose_coding,
    is_host_served,
    matches_strongly,
    matches_weakly,
    parse_http_date,
    parse_range,
)
from assetbuild.serve.request import Head, read_head, split_target
from assetbuild.serve.wsgi import decode_path as decode_wsgi_path
from fuzz.target import Target, as_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_SIZES = (0, 1, 10, 2**40)
_CODINGS = (("br", "gzip"), ("zstd",), ())


def check_fields(data: bytes) -> None:
    """Header fields: whatever comes, an answer that the file can give."""
    text = data.decode("latin-1")
    for available in _CODINGS:
        assert choose_coding(text, available) in {*available, IDENTITY, None}
    for size in _SIZES:
        found = parse_range(text, size)
        if isinstance(found, tuple):
            assert 0 <= found[0] <= found[1] < size
    if matches_strongly(text, '"abc"'):
        assert matches_weakly(text, '"abc"')
    parse_http_date(text)
    is_host_served(text, ("a.example", "static."))


def check_request(data: bytes) -> None:
    """Heads of requests: what is read here, h11 reads as the same; a path is a text."""
    found = read_head(data, 0)
    if isinstance(found, Head):
        peer = h11.Connection(h11.SERVER)
        peer.receive_data(data[: found.end])
        theirs = peer.next_event()
        assert isinstance(theirs, h11.Request)
        assert (theirs.method.decode(), theirs.target) == (found.method, found.target)
        fields = {name.decode(): value.decode("latin-1") for name, value in theirs.headers}
        assert {name: fields[name] for name in found.fields} == found.fields
        peer.next_event()  # the end of a request without a body
        assert found.is_kept == (peer.their_state is not h11.MUST_CLOSE) or found.is_old
    path = split_target(data).path
    assert decode_wsgi_path(data.decode("latin-1")) == data.decode("utf-8", "surrogateescape")
    scope = {"path": path.encode("utf-8", "replace").decode(), "raw_path": data}
    assert isinstance(read_path(scope), str)


def check_urls(data: bytes) -> None:
    """URLs as references write them: what is located is inside; what is written leads back."""
    text = as_text(data)
    path, suffix = split_suffix(text)
    assert path + suffix == text
    located = locate_url(text, "css", url_prefix="/assets/")
    if located is not None:
        logical = located[0]
        assert not logical.startswith(("/", "../")) and logical not in {".", ".."}
    logical_or_none = try_logical(text)
    if logical_or_none is not None:
        assert decode_path(quote_path(logical_or_none)).removeprefix("./") == logical_or_none
        url = relative_url(logical_or_none, "a/b.css")
        back = locate_url(url, "a")
        assert back is not None and back == (logical_or_none, ""), (url, back)
    try:
        read_target({"ASSETBUILD_S3_URL": text.replace("\0", "")}, Path("/app"))
    except AssetbuildError:
        return


def check_s3(data: bytes) -> None:
    """Answers of stores are read or refused with ValueError."""
    parse_error(data)
    for parse in (
        parse_list,
        parse_upload_id,
        parse_uploads,
        parse_parts,
        parse_completed,
        parse_deleted,
    ):
        try:
            parse(data)
        except ValueError:
            continue


def check_documents(data: bytes) -> None:
    """Manifests, locks and records: what is read is written and read as the same."""
    try:
        manifest = parse_manifest(data, file="m.json")
        assert parse_manifest(dump_manifest(manifest), file="m.json") == manifest
    except AssetbuildError:
        pass
    try:
        packs = parse_lock(data)
        assert parse_lock(render_lock(packs).encode("utf-8", "surrogatepass")) == packs
    except AssetbuildError:
        pass
    with contextlib.suppress(AssetbuildError):
        dump_record(parse_record("a", data))


def check_config(data: bytes) -> None:
    """A configuration is read or refused with diagnostics."""
    text = as_text(data)
    locate_keys(text)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    try:
        parse_config(text, table, project=Path("/app"), file="assetbuild.toml", prefix="")
    except AssetbuildError:
        return


TARGETS = (
    Target(
        name="fields",
        check=check_fields,
        tests=("tests/serve/test_negotiate.py", "tests/serve/test_conditions.py"),
        words=("gzip;q=0", "*;q=0.5", "identity", "bytes=0-", "bytes=-5", 'W/"abc"', '"abc", '),
    ),
    Target(
        name="request",
        check=check_request,
        tests=("tests/serve/test_request.py",),
        words=(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "HEAD /a%20b?c HTTP/1.0\r\n",
            "Connection: close\r\n",
            "Content-Length: 0\r\n",
            *("Range:", "If-None-Match: ", "http://h:1/", "%ff", "\r\n", ": "),
        ),
    ),
    Target(
        name="urls",
        check=check_urls,
        tests=(
            "tests/assets/test_resolve.py",
            "tests/test_paths.py",
            "tests/publish/test_target.py",
        ),
        words=(
            "asset:",
            "../",
            "%2e%2e/",
            "%FF",
            "/assets/",
            "//h",
            "s3://b/p?region=r",
            "file:///",
        ),
    ),
    Target(
        name="s3",
        check=check_s3,
        tests=("tests/publish/test_listing.py", "tests/publish/test_faults.py"),
        words=(
            "<ListBucketResult><Contents><Key>a</Key><Size>1</Size><ETag>e</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>",
            "<Error><Code>NoSuchKey</Code></Error>",
            "<DeleteResult><Error><Key>a</Key></Error></DeleteResult>",
            "<ListPartsResult><Part><PartNumber>1</PartNumber></Part></ListPartsResult>",
        ),
    ),
    Target(
        name="documents",
        check=check_documents,
        tests=("tests/assets/test_manifest.py", "tests/publish/test_prune.py"),
        words=(
            '{"schema":1,"entries":{"a.css":{"hashed":"a.1.css","sha256":"',
            '{"schema":1,"packs":[{"url":"u","tree":"t","sha256":"',
            '{"schema":1,"time":"2026-01-01T00:00:00+00:00","app":"a","manifest":"m","source":"s",'
            '"variants":"v","objects":{"k":[1,"e",2,"s","h"]}}',
        ),
    ),
    Target(
        name="config",
        check=check_config,
        tests=("tests/config/test_load.py", "tests/config/test_locate.py"),
        files=("fixtures/**/assetbuild.toml", "examples/**/assetbuild.toml"),
        words=("[assets]\n", "[[rule]]\n", "[[buildpack]]\n", '"""', "'''", " = [", "{a = 1}"),
    ),
)
