from __future__ import annotations

import io
import os
import py_compile
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from assetbuild.buildpacks.owners import find_owner, fold_owners, parse_owners, render_owners
from assetbuild.buildpacks.slug import render_slug_report, report_slug
from assetbuild.buildpacks.slug_tar import FIXED_TIME, measure_tar, write_tar
from assetbuild.buildpacks.slugignore import is_ignored, parse_patterns
from tests.support.tree import write_tree


@pytest.mark.parametrize(
    ("line", "path", "is_folder", "ignored"),
    [
        ("*.psd", "a/b/c.psd", False, True),
        ("*.psd", "c.psd", False, True),
        ("/c.psd", "a/c.psd", False, False),
        ("/c.psd", "c.psd", False, True),
        ("docs/", "docs", True, True),
        ("docs/", "docs", False, False),
        ("docs/", "a/docs", True, True),
        ("a/docs", "b/a/docs", True, False),
        ("a/**/x", "a/1/2/x", False, True),
        ("spec", "lib/spec", True, True),
        ("# comment", "# comment", False, False),
        ("", "anything", False, False),
    ],
)
def test_patterns_mean_what_gitignore_means(
    line: str, path: str, is_folder: bool, ignored: bool
) -> None:
    patterns, problems = parse_patterns([line], file=".slugignore")
    assert problems == ()
    assert is_ignored(path, patterns, is_folder=is_folder) is ignored


def test_negation_is_passed_over_with_a_warning() -> None:
    patterns, problems = parse_patterns(["*.log", "!keep.log"], file=".slugignore")
    assert is_ignored("keep.log", patterns, is_folder=False)
    assert [(one.code, one.location.line if one.location else 0) for one in problems] == [
        ("slug/no-negation", 2)
    ]


OWNERS = {
    "node_modules/a/index.js": "node",
    "node_modules/b.js": "node",
    "public/app.js": "node",
    "public/index.html": "the app",
    ".profile.d/node.sh": "node",
    ".profile.d/python.sh": "python",
}


def test_owners_fold_to_whole_folders() -> None:
    folded = fold_owners(OWNERS)
    assert folded == {
        "node_modules/": "node",
        "public/app.js": "node",
        ".profile.d/node.sh": "node",
        ".profile.d/python.sh": "python",
    }
    read = parse_owners(render_owners(OWNERS))
    assert {path: find_owner(path, read) for path in OWNERS} == OWNERS


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"owners": 3}', b"\xff"])
def test_a_record_that_is_none_gives_no_owners(data: bytes) -> None:
    assert parse_owners(data) == {}


def test_report_counts_by_pack_and_finds_the_same_twice(tmp_path: Path) -> None:
    same = b"x" * 10_000
    write_tree(
        tmp_path,
        {
            "node_modules/a/index.js": same,
            "node_modules/b/index.js": same,
            "small.txt": "1",
            "other.bin": b"y" * 10_000,
        },
    )
    os.link(tmp_path / "other.bin", tmp_path / "other-link.bin")
    os.mkfifo(tmp_path / "pipe")
    report = report_slug(tmp_path, {"node_modules/": "node"}, compressed=5, budget=4)
    assert report.by_owner == (("the app", 20_001), ("node", 20_000))
    assert report.duplicates == ((("node_modules/a/index.js", "node_modules/b/index.js"), 10_000),)
    assert report.odd == ("pipe",)
    assert report.is_over
    text = render_slug_report(report)
    assert "over the budget of 4 B" in text
    assert "20 kB  node" in text


def tar_bytes(root: Path) -> bytes:
    buffer = io.BytesIO()
    size = write_tar(root, buffer.write)
    assert size == len(buffer.getvalue())
    return buffer.getvalue()


def make_slug(root: Path, *, order: list[str], time: int, mode: int) -> Path:
    for name in order:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(mode)
        os.utime(path, (time, time))
    (root / "bin/run").chmod(0o700)
    (root / "link").symlink_to("bin/run")
    return root


def test_the_tar_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    names = ["bin/run", "a.txt", "lib/zwölf.txt", "lib/" + "long" * 40]
    one = make_slug(tmp_path / "one", order=names, time=1_000_000_000, mode=0o640)
    two = make_slug(tmp_path / "two", order=names[::-1], time=1_700_000_000, mode=0o666)
    assert tar_bytes(one) == tar_bytes(two)
    with tarfile.open(fileobj=io.BytesIO(tar_bytes(one))) as tar:
        members = {member.name: member for member in tar.getmembers()}
    assert list(members) == [
        *("./app/a.txt", "./app/bin", "./app/bin/run", "./app/lib"),
        *("./app/lib/" + "long" * 40, "./app/lib/zwölf.txt", "./app/link"),
    ]
    assert members["./app/bin/run"].mode == 0o755
    assert members["./app/a.txt"].mode == 0o644
    assert members["./app/link"].linkname == "bin/run"
    assert {member.mtime for member in members.values()} == {FIXED_TIME}


def test_gzip_itself_can_read_the_tar(tmp_path: Path) -> None:
    write_tree(tmp_path / "slug", {"a.txt": "hello", "b.bin": os.urandom(300_000)})
    target = tmp_path / "slug.tgz"
    target.write_bytes(tar_bytes(tmp_path / "slug"))
    subprocess.run(["gzip", "--test", str(target)], check=True)
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xzf", str(target), "-C", str(tmp_path / "out")], check=True)
    for name in ("a.txt", "b.bin"):
        packed = (tmp_path / "out/app" / name).read_bytes()
        assert packed == (tmp_path / "slug" / name).read_bytes()


def test_compiled_python_stays_fresh_in_the_tar(tmp_path: Path) -> None:
    source = tmp_path / "slug/lib/module.py"
    source.parent.mkdir(parents=True)
    source.write_text("VALUE = 1\n")
    os.utime(source, (1_600_000_000, 1_600_000_000))
    py_compile.compile(str(source))
    target = tmp_path / "slug.tgz"
    target.write_bytes(tar_bytes(tmp_path / "slug"))
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xzf", str(target), "-C", str(tmp_path / "out")], check=True)
    told = subprocess.run(
        [sys.executable, "-B", "-v", "-c", "import module"],
        cwd=tmp_path / "out/app/lib",
        env={},
        capture_output=True,
        check=True,
    ).stderr.decode()
    assert "matches" in next(line for line in told.splitlines() if "module.py" in line)


def test_measured_size_is_near_the_real_one(tmp_path: Path) -> None:
    write_tree(tmp_path, {"text.txt": "many words and words " * 5000, "noise": os.urandom(100_000)})
    real = len(tar_bytes(tmp_path))
    assert real <= measure_tar(tmp_path) <= real * 1.3
