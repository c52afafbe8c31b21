"""What a build says of bad input, and that the previous build stays as it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from assetbuild.assets.build.write import files_of
from assetbuild.assets.manifest import parse_manifest
from tests.support.builds import build, failing, output_of, outputs, told
from tests.support.processes import wait_for
from tests.support.reference import ROOT
from tests.support.tree import write_tree


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (".a {\n  color: red;\n  b\n}\n", "sass/compile", "assets/a.scss:3:3"),
        ('@import "nowhere";\n', "import/not-found", "assets/a.scss:1:9"),
    ],
)
def test_syntax_error_or_missing_import_names_the_place(
    tmp_path: Path, content: str, code: str, place: str
) -> None:
    found = failing(tmp_path, {"assets/a.scss": content, "assets/fine.css": ".a{b:c}"})
    assert told(found) == [(code, place)]
    assert outputs(tmp_path) == {}


WAYS_OUT = (
    'write a [[rule]] with glob = "{}": entry = false for a part of something else, '
    "minify = false for what browsers read as it is"
)


@pytest.mark.parametrize(
    ("name", "text", "message", "place", "hint"),
    [
        (
            "a.js",
            "var a = [\n  1, 2;\n",
            "this is no JavaScript: unexpected ; in expression",
            "assets/a.js:2:7",
            "mend it, or " + WAYS_OUT.format("a.js"),
        ),
        (
            "x/a.js",
            "var a = {{ value }};\n",
            "this is no JavaScript: expected Identifier, String, Numeric, or [ instead of { in object literal",
            "assets/x/a.js:1:10",
            "a template is no asset: leave it out ([assets] exclude), or "
            + WAYS_OUT.format("x/a.js"),
        ),
        (
            "a.js",
            "var a = <b>c</b>\n",
            "this is no JavaScript: unexpected < in expression",
            "assets/a.js:1:9",
            'JSX is built from a file named ".jsx"',
        ),
        (
            "a.js",
            "function a(b: string) {}\n",
            "this is no JavaScript: unexpected : in function declaration",
            "assets/a.js:1:13",
            'types are built from a file named ".ts"',
        ),
        (
            "a.css",
            ".a { b: c }\n  .d { e: f\n.g { h: i }\n",
            "this block is never closed",
            "assets/a.css:2:6",
            "mend it, or " + WAYS_OUT.format("a.css"),
        ),
    ],
)
def test_syntax_error_of_a_plain_source_is_told(
    tmp_path: Path, name: str, text: str, message: str, place: str, hint: str
) -> None:
    (found,) = failing(tmp_path, {f"assets/{name}": text})
    assert told((found,)) == [(f"{name.rpartition('.')[2]}/syntax", place)]
    assert (found.message, found.hint) == (message, hint)
    rule = f'[[rule]]\nglob = "{name}"\nminify = false\n'
    result = build(tmp_path, {"assetbuild.toml": rule})
    assert output_of(result, name) == text.encode()


def test_syntax_error_of_a_bundles_member_is_told_in_the_member(tmp_path: Path) -> None:
    files = {
        "assetbuild.toml": '[[bundle]]\nname = "all.js"\nfiles = ["one.js", "two.js"]\n'
        '[[bundle]]\nname = "all.css"\nfiles = ["one.css", "two.css"]\n'
        '[[rule]]\nglob = "*.*"\nentry = false\n',
        "assets/one.js": "function a() {\n  if (b) {\n}\n",
        "assets/two.js": "function c() {}\n",
        "assets/one.css": ".a { b: c }\n",
        "assets/two.css": "\n.d { e: 'f\n}\n",
    }
    found = failing(tmp_path, files)
    assert told(found) == [("js/syntax", "assets/one.js:3:2"), ("css/syntax", "assets/two.css:2:9")]


def test_parts_that_are_scripts_only_together_build(tmp_path: Path) -> None:
    files = {
        "assetbuild.toml": '[[bundle]]\nname = "all.js"\nfiles = ["intro.js", "a.js", "outro.js"]\n'
        '[[rule]]\nglob = "*.js"\nentry = false\n',
        "assets/intro.js": "(function () {",
        "assets/a.js": "window.a = 1",
        "assets/outro.js": "})();",
    }
    assert output_of(build(tmp_path, files), "all.js").startswith(b"(function(){window.a=1})()")


def test_errors_of_all_sources_are_told_sorted(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assets/c.scss": ".c {",
        "assets/a.scss": '@import "_c";\n@import "x";',
        "assets/_c.scss": ".c { d",
        "assets/b.css": b"\xff\xfe",
    }
    places = [place.partition(":")[0] for _, place in told(failing(tmp_path, files))]
    assert places == sorted(places)
    assert {"assets/b.css", "assets/c.scss"} <= set(places)


def test_import_cycle_in_scss_is_an_error(tmp_path: Path) -> None:
    files = {"assets/a.scss": '@import "b";', "assets/b.scss": '@import "a";'}
    assert {code for code, _ in told(failing(tmp_path, files))} == {"import/cycle"}


def test_source_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    found = failing(tmp_path, {"assets/a.css": b"a{}\n.b{content:'\xe9'}"})
    assert told(found) == [("language/not-utf8", "assets/a.css:2:13")]


def test_byte_order_mark_and_crlf_build(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assets/a.css": b"\xef\xbb\xbf.a{\r\n  background: url(x.png);\r\n}\r\n",
        "assets/x.png": "x",
    }
    css = output_of(build(tmp_path, files), "a.css")
    assert css.startswith(b".a{background:url(x.")


def test_empty_files_build(tmp_path: Path) -> None:
    names = ["a.css", "b.js", "c.scss", "d.svg", "e.json", "f.png", "g.html", "h.webmanifest"]
    result = build(tmp_path, {f"assets/{one}": "" for one in names})
    expected = {one.replace("scss", "css") for one in names}
    assert expected <= {str(one) for one in result.manifest.entries}


def test_a_20_mb_file_is_copied_and_a_20_mb_script_builds(tmp_path: Path) -> None:
    script = "var a = 1;\n" * (2_000_000 // 11)
    files: dict[str, str | bytes] = {
        "assets/a.bin": b"\0" * 20_000_000,
        "assets/a.min.js": script * 10,
    }
    result = build(tmp_path, files)
    sizes = {str(name): one.size for name, one in result.manifest.entries.items()}
    assert sizes == {"a.bin": 20_000_000, "a.min.js": len(script) * 10}


def test_two_sources_of_one_output_are_an_error(tmp_path: Path) -> None:
    found = failing(tmp_path, {"assets/app.scss": "a{b:c}", "assets/app.css": "a{b:c}"})
    assert told(found) == [("plan/two-sources", "assets/app.scss:1:1")]
    assert '"app.css" and "app.scss" both become "app.css"' in found[0].message


def test_odd_names_are_referenced_by_quoted_urls(tmp_path: Path) -> None:
    names = ["a b.png", "a#b.png", "a?b.png", "a%b.png", "a'b.png", 'a"b.png', "né.png", "日本.png"]
    quoted = [
        one.replace("%", "%25").replace("#", "%23").replace("?", "%3F").replace('"', "%22")
        for one in names
    ]
    rules = "".join(f'.x{n}{{background:url("{one}")}}\n' for n, one in enumerate(quoted))
    files: dict[str, str | bytes] = {f"assets/{one}": one for one in names}
    result = build(tmp_path, {**files, "assets/a.css": rules})
    entry = next(one for name, one in result.manifest.entries.items() if name == "a.css")
    assert list(entry.references) == sorted([*names, "a.css.map"])


def test_decomposed_file_is_found_by_a_composed_reference(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "né.png")
    files = {f"assets/{name}": "x", "assets/a.css": ".a{background:url(né.png)}"}
    result = build(tmp_path, files)
    assert "n\u00e9.png" in {str(one) for one in result.manifest.entries}


def test_case_of_a_reference_must_match(tmp_path: Path) -> None:
    files = {"assets/Logo.png": "x", "assets/a.css": ".a{background:url(logo.png)}"}
    assert told(failing(tmp_path, files)) == [("reference/case", "assets/a.css:1:19")]


def test_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": "a{b:c}", "public": "a file where a folder should be"})
    assert [one.code for one in failing(tmp_path)] == ["output/unwritable"]


def test_failed_build_leaves_output_and_manifest_as_they_were(tmp_path: Path) -> None:
    build(tmp_path, {"assets/a.css": ".a{b:c}", "assets/b.js": "1"})
    before = outputs(tmp_path)
    failing(tmp_path, {"assets/a.css": ".a{background:url(x.png)}", "assets/b.js": "2"})
    assert outputs(tmp_path) == before


def test_full_disk_leaves_output_and_manifest_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path, {"assets/a.css": ".a{b:c}", "assets/b.js": "1"})
    before = outputs(tmp_path)
    real = os.replace
    calls = []

    def replace(source: str, target: str | Path) -> None:
        if "public/assets" in str(target):
            calls.append(target)
            if len(calls) > 1:
                raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    found = failing(tmp_path, {"assets/a.css": ".a{b:d}", "assets/b.js": "2"})
    assert [one.code for one in found] == ["output/disk-full"]
    assert outputs(tmp_path) == before


def test_corrupt_manifest_is_told_and_replaced(tmp_path: Path) -> None:
    build(tmp_path, {"assets/a.css": ".a{b:c}"})
    manifest = tmp_path / "public/assets/manifest.json"
    manifest.write_bytes(b'{"schema": 1, "entries": {"a": ')
    result = build(tmp_path)
    assert [one.code for one in result.diagnostics] == ["output/manifest-replaced"]
    assert parse_manifest(manifest.read_bytes(), file="m") == result.manifest


def test_corrupt_cache_entry_is_told_and_made_anew(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    first = build(project, {"assets/a.scss": ".a{b:c}"})
    for path in (tmp_path / "shop-cache/v1").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"?")
    result = build(project, is_forced=True)
    assert "cache/corrupt" in {one.code for one in result.diagnostics}
    assert result.manifest == first.manifest


def test_corrupt_state_is_only_a_slower_build(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    first = build(project, {"assets/a.scss": ".a{b:c}"})
    [state] = (tmp_path / "shop-cache/projects").rglob("state.json")
    whole = state.read_bytes()
    odd = {**json.loads(whole), "files": 3}
    for damage in (b"", b"{}", b'{"format": 1}', json.dumps(odd).encode(), whole[:-9]):
        state.write_bytes(damage)
        assert build(project).manifest == first.manifest


def test_changed_or_removed_output_is_made_again(tmp_path: Path) -> None:
    result = build(tmp_path, {"assets/a.txt": "one", "assets/b.txt": "two"})
    one, two = (result.output / entry.hashed for entry in result.manifest.entries.values())
    one.write_text("ONE")
    two.unlink()
    build(tmp_path)
    assert (one.read_text(), two.read_text()) == ("one", "two")


def start(project: Path, cache: Path) -> subprocess.Popen[bytes]:
    arguments = ["--project", str(project), "--cache-dir", str(cache), "--jobs", "1"]
    return subprocess.Popen(
        [sys.executable, "-m", "assetbuild", "compile", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_two_builds_at_once_both_end_well(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"assets/{n}.scss": f".a{{b:{n}px}}" for n in range(60)}
    write_tree(tmp_path / "p", files)
    running = [start(tmp_path / "p", tmp_path / "cache") for _ in range(3)]
    errors = [one.communicate()[1] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0], errors
    manifest = parse_manifest(outputs(tmp_path / "p")["manifest.json"], file="m")
    named = files_of(manifest.entries.values())
    assert outputs(tmp_path / "p").keys() == named | {"manifest.json"}


def kill_amid(project: Path, cache: Path, *, files: int) -> int:
    """Kill a build when it has written so many files; return its exit code."""

    def count() -> int:
        return sum(1 for _ in (project / "public/assets").glob("*"))

    before = count()
    child = start(project, cache)
    wait_for(lambda: child.poll() is not None or count() >= before + files)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return child.returncode


def test_killed_builds_leave_a_whole_build_and_no_litter(tmp_path: Path) -> None:
    project = tmp_path / "p"
    codes = []
    for round_ in range(6):
        files: dict[str, str | bytes] = {
            f"assets/{n}.txt": f"{round_} {n}" * 2000 for n in range(300)
        }
        write_tree(project, files)
        codes.append(kill_amid(project, tmp_path / "cache", files=1 + 50 * round_))
        found = outputs(project)
        if "manifest.json" in found:
            manifest = parse_manifest(found["manifest.json"], file="m")
            assert {one.hashed for one in manifest.entries.values()} <= found.keys()
    assert -signal.SIGKILL in codes
    result = build(project, cache_dir=tmp_path / "cache")
    left = outputs(project)
    assert {one.hashed for one in result.manifest.entries.values()} <= left.keys()
    # what the killed builds wrote and no manifest ever named is gone as well
    kept = len(files_of(result.manifest.entries.values())) + 1
    # each text has two variants beside it
    assert len(left) <= kept + 300 * 3, "only the last whole build may stay beside this one"
    assert not [name for name in left if ".tmp-" in name]


def test_a_build_killed_before_it_is_remembered_leaves_no_litter(tmp_path: Path) -> None:
    project, cache = tmp_path / "p", tmp_path / "cache"
    build(project, {"assets/a.txt": "one " * 999}, cache_dir=cache)
    shutil.copytree(cache / "projects", tmp_path / "as-it-was")
    second = build(project, {"assets/a.txt": "two " * 999}, cache_dir=cache)
    # its manifest stands, and nothing else of it was written down
    shutil.rmtree(cache / "projects")
    shutil.copytree(tmp_path / "as-it-was", cache / "projects")
    third = build(project, {"assets/a.txt": "three " * 999}, cache_dir=cache)
    wanted = [*second.manifest.entries.values(), *third.manifest.entries.values()]
    assert outputs(project).keys() == files_of(wanted) | {"manifest.json"}
