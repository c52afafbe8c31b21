"""Targets: what packs, apps and archives say to the buildpack."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from assetbuild.buildpacks.archives import UnsafeArchive, unpack
from assetbuild.buildpacks.attempts import Hopeless
from assetbuild.buildpacks.exports import diff_export, parse_env0, render_export
from assetbuild.buildpacks.listing import LIST_FILES, read_list
from assetbuild.buildpacks.owners import find_owner, parse_owners
from assetbuild.buildpacks.procfile import add_release, parse_procfile
from assetbuild.buildpacks.release import parse_release, render_release
from assetbuild.buildpacks.report import parse_pack_report, render_flat
from assetbuild.buildpacks.runtime import parse_ldd, parse_loader
from assetbuild.buildpacks.slugignore import is_ignored, parse_patterns
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.lines import LineCutter, printable
from assetbuild.redact import redact_urls
from fuzz.target import Target, as_text


def check_pack_list(data: bytes) -> None:
    """Every file that may carry the list is read or refused with diagnostics."""
    for name in LIST_FILES:
        try:
            found = read_list({name: data}, Config(project=Path("app")))
        except AssetbuildError:
            continue
        for ref in found.refs:
            assert ref.url and "\n" not in ref.url
            assert ref.label


def check_release(data: bytes) -> None:
    """What is read from a bin/release or bin/report is printed so that it is read as the same."""
    report = parse_pack_report(data)
    assert len(parse_pack_report(render_flat(report).encode())) <= len(report)
    try:
        one = parse_release(data, pack="a")
    except AssetbuildError:
        return
    assert parse_release(render_release(one).encode("utf-8", "surrogatepass"), pack="a") == one


def check_lines(data: bytes) -> None:
    """Procfiles, ignore lists, environments and logs: small formats of lines."""
    text = as_text(data)
    types = parse_procfile(text)
    entry = add_release(text)
    if entry.text is not None:
        assert parse_procfile(entry.text).items() >= types.items()
        assert parse_procfile(entry.text)["release"] == "assetbuild upload"
    patterns, _ = parse_patterns(text.split("\n")[:8], file=".slugignore")
    for path in ("a", "a/b/c.txt", text[:40]):
        is_ignored(path, patterns, is_folder=True)
    render_export(diff_export({"A": "1"}, parse_env0(data)))
    assert redact_urls(redact_urls(text)) == redact_urls(text)
    find_owner("a/b", parse_owners(data))
    parse_ldd(text)
    parse_loader(text)
    cutter = LineCutter(limit=64)
    middle = len(data) // 2
    lines = [*cutter.feed(data[:middle]), *cutter.feed(data[middle:]), *cutter.finish()]
    assert not any("\n" in one for one in lines)
    printable(data)


def check_archive(data: bytes) -> None:
    """An archive is unpacked below its folder or refused; nothing lies beside the folder."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name) / "in"
        folder.mkdir()
        with contextlib.suppress(UnsafeArchive, Hopeless):
            unpack(data, folder)
        assert [one.name for one in Path(name).iterdir()] == ["in"]


TARGETS = (
    Target(
        name="pack_list",
        check=check_pack_list,
        tests=("tests/buildpacks/test_listing.py", "tests/buildpacks/test_refs.py"),
        files=("fixtures/**/.buildpacks",),
        words=("https://u:p@h/a.git#v1", "web=", "./a.tgz", "[[io.buildpacks.group]]", '{"url":"'),
    ),
    Target(
        name="release",
        check=check_release,
        tests=("tests/buildpacks/test_release.py",),
        words=("---\n", "addons:\n  - a\n", "config_vars:\n  A: 1\n", "&a", "*a", "!!python", "? "),
    ),
    Target(
        name="lines",
        check=check_lines,
        tests=(
            "tests/buildpacks/test_procfile.py",
            "tests/buildpacks/test_slug.py",
            "tests/test_globs.py",
            "tests/test_lines.py",
            "tests/test_redact.py",
        ),
        words=("web: a", "release: b", "**/", "{a,b}", "[!a-z]", "\x1b[31m", "\r", "\0", "A=1\0"),
    ),
    Target(
        name="archive",
        check=check_archive,
        tests=("tests/buildpacks/test_archives.py",),
        words=("ustar\0", "PK\x03\x04", "../", "/etc/x"),
    ),
)
