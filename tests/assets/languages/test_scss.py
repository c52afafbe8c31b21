"""SCSS and indented Sass through libsass: output, dependencies and diagnostics together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assetbuild.assets.languages.registry import find_language
from tests.support.compiling import (
    absent_files,
    compile_file,
    errors_of,
    make_request,
    read_files,
)
from tests.support.tree import write_tree


def css_of(project: Path, logical: str = "app.scss") -> str:
    return compile_file(make_request(project, logical)).content.decode()


def test_imports_resolve_by_folder_roots_packages_and_index(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/css/app.scss": '@import "near", "lib/deep", "~pkg/x", "bare", "folder";',
            "assets/css/_near.scss": ".near{a:b}",
            "assets/lib/_deep.sass": ".deep\n  a: b\n",
            "assets/css/folder/_index.scss": ".index{a:b}",
            "node_modules/pkg/_x.scss": ".x{a:b}",
            "node_modules/bare/package.json": '{"sass": "src/main.scss"}',
            "node_modules/bare/src/main.scss": ".bare{a:b}",
        },
    )
    artifact = compile_file(make_request(tmp_path, "css/app.scss"))
    assert artifact.content.decode() == "\n".join(
        f".{one} {{\n  a: b;\n}}\n" for one in ("near", "deep", "x", "bare", "index")
    )
    assert read_files(artifact) == [
        "assets/css/_near.scss",
        "assets/css/folder/_index.scss",
        "assets/lib/_deep.sass",
        "pkg:bare/package.json",
        "pkg:bare/src/main.scss",
        "pkg:pkg/_x.scss",
    ]
    absent = set(absent_files(artifact))
    assert {"assets/css/near.scss", "assets/css/lib/_deep.scss"} <= absent
    assert artifact.source_map is not None
    sources = json.loads(artifact.source_map)["sources"]
    assert str(tmp_path) not in artifact.source_map.decode()
    assert "assets/css/_near.scss" in sources


def test_a_package_that_was_not_installed_says_so(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "package.json": '{"dependencies": {"@scope/kit": "1"}}',
            "assets/app.scss": '@import "@scope/kit/theme";\n',
        },
    )
    assert errors_of(make_request(tmp_path, "app.scss")) == [
        'import/not-found: cannot find "@scope/kit/theme" to import\n'
        '  assets/app.scss:1:9\n    @import "@scope/kit/theme";\n            ^^^^^^^^^^^^^^^^^^\n'
        '  hint: package.json lists "@scope/kit", and it is not in node_modules: run npm install'
    ]


def test_missing_imports_are_all_told_with_nearest_names(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/app.scss": '@import "a";\n// @import "no";\n.x { @import "colours"; }\n',
            "assets/_a.scss": '/* @import "no" */\n  @import "gone";\n',
            "assets/_colors.scss": "",
        },
    )
    assert errors_of(make_request(tmp_path, "app.scss")) == [
        'import/not-found: cannot find "gone" to import\n'
        "  assets/_a.scss:2:11\n"
        '      @import "gone";\n'
        "              ^^^^^^\n"
        "  hint: looked in the file's folder, the source roots, load-paths and node_modules",
        'import/not-found: cannot find "colours" to import\n'
        "  assets/app.scss:3:14\n"
        '    .x { @import "colours"; }\n'
        "                 ^^^^^^^^^\n"
        '  hint: did you mean "colors"?',
    ]


def test_import_cycle_names_the_way_round(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/app.scss": '@import "a";',
            "assets/_a.scss": '@import "b";',
            "assets/_b.scss": '@import "a";',
        },
    )
    (only,) = errors_of(make_request(tmp_path, "app.scss"))
    assert only.startswith(
        "import/cycle: the import leads back to itself: "
        "assets/_a.scss → assets/_b.scss → assets/_a.scss\n  assets/_b.scss:1:9"
    )


def test_ambiguous_import_is_told(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"assets/app.scss": '@import "a";', "assets/_a.scss": "", "assets/a.scss": ""},
    )
    (only,) = errors_of(make_request(tmp_path, "app.scss"))
    assert 'import/ambiguous: "a" may be any of "assets/_a.scss", "assets/a.scss"' in only


def test_syntax_error_points_into_the_partial(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"assets/app.scss": '@import "bad";', "assets/_bad.scss": ".a{b:c}\n\n.u { foo: bar\n"},
    )
    (only,) = errors_of(make_request(tmp_path, "app.scss"))
    assert only.splitlines()[:2] == [
        'sass/compile: Invalid CSS after ".u { foo: bar": expected "}", was ""',
        "  assets/_bad.scss:3:14",
    ]


def test_file_that_is_not_utf8_is_told_at_its_byte(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/app.scss").write_bytes(b'.a{b:c}\n.b{content:"caf\xe9"}\n')
    assert errors_of(make_request(tmp_path, "app.scss")) == [
        "language/not-utf8: the file is not UTF-8: byte 0xe9 at offset 23\n"
        "  assets/app.scss:2:16\n"
        '    .b{content:"caf�"}\n'
        "                   ^\n"
        "  hint: save the file as UTF-8, or say what it is in a [[rule]]: "
        'options = { encoding = "latin-1" }'
    ]
    request = make_request(tmp_path, "app.scss", options={"encoding": "latin-1"})
    assert "café" in compile_file(request).content.decode()


def test_warn_and_debug_become_diagnostics(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_tree(tmp_path, {"assets/app.scss": '@warn "old"; @debug 1+1;'})
    artifact = compile_file(make_request(tmp_path, "app.scss"))
    assert [(one.code, one.message) for one in artifact.diagnostics] == [
        ("sass/warn", "@warn: old"),
        ("sass/debug", "@debug: 2"),
    ]
    assert capfd.readouterr().err == ""


def test_asset_functions_become_references_from_the_roots(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/app.scss": '$n: "logo";\n.a { b: asset-url("img/#{$n}.png"); '
            'c: url(asset-path("x.png")); d: image-url("y.png"); e: "asset-url(no)"; }'
        },
    )
    css = css_of(tmp_path)
    assert 'b: url("asset:img/logo.png")' in css
    assert 'c: url("asset:x.png")' in css
    assert 'd: url("asset:y.png")' in css
    assert 'e: "asset-url(no)"' in css


def test_partials_are_no_outputs() -> None:
    language = find_language("css/_x.scss")
    assert language.is_partial("css/_x.scss")
    assert not language.is_partial("css/x.scss")


def test_indented_entry(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/app.sass": "@import part, 'other'\n.a\n  b: c\n",
            "assets/_part.scss": ".p{a:b}",
            "assets/_other.sass": ".o\n  a: b\n",
        },
    )
    assert css_of(tmp_path, "app.sass") == "\n".join(
        (".p {\n  a: b;\n}\n", ".o {\n  a: b;\n}\n", ".a {\n  b: c;\n}\n")
    )


def test_error_in_an_indented_partial_is_at_the_line_the_user_wrote(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/app.sass": "@import part\n",
            "assets/_part.sass": "// comment\n.a\n  b: c\n\n.d\n  e: $nope\n",
        },
    )
    (only,) = errors_of(make_request(tmp_path, "app.sass"))
    assert only.splitlines()[:2] == [
        'sass/compile: Undefined variable: "$nope"',
        "  assets/_part.sass:6:6",
    ]
