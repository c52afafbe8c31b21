"""Text that needs no compiler, and everything that is copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.assets.languages import registry
from assetbuild.assets.languages.names import check_options, name_output
from assetbuild.assets.languages.registry import LANGUAGES, find_language
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import LogicalPath
from tests.support.compiling import compile_file, errors_of, make_request
from tests.support.tree import write_tree


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.css", b"", b""),
        ("a.css", b"\xef\xbb\xbf.a{}", b".a{}"),
        ("a.css", b'@charset "utf-8";.a{}', b'@charset "utf-8";.a{}'),
        ("a.css", b'@charset "iso-8859-1";.a{content:"\xe9"}', '.a{content:"é"}'.encode()),
        ("a.js", b"\xef\xbb\xbfa\r\nb\r\n", b"a\r\nb\r\n"),
        ("a.svg", b"<svg/>", b"<svg/>"),
        ("a.png", b"\xef\xbb\xbf\xff\x00", b"\xef\xbb\xbf\xff\x00"),
    ],
)
def test_bytes_of_plain_files(tmp_path: Path, name: str, data: bytes, expected: bytes) -> None:
    write_tree(tmp_path, {f"assets/{name}": data})
    made = compile_file(make_request(tmp_path, name))
    assert (made.logical, made.content, made.deps) == (name, expected, ())


@pytest.mark.parametrize("name", ["a.css", "a.js", "a.svg"])
def test_bytes_that_are_not_utf8_are_told_at_their_place(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, {f"assets/{name}": b"/* caf\xe9 */\n"})
    (only,) = errors_of(make_request(tmp_path, name))
    assert only.splitlines()[:2] == [
        "language/not-utf8: the file is not UTF-8: byte 0xe9 at offset 6",
        f"  assets/{name}:1:7",
    ]
    made = compile_file(make_request(tmp_path, name, options={"encoding": "latin-1"}))
    assert made.content == "/* café */\n".encode()


def test_unknown_encoding_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": ""})
    (only,) = errors_of(make_request(tmp_path, "a.css", options={"encoding": "utf-9"}))
    assert only.startswith('language/unknown-encoding: "utf-9" is no encoding')


@pytest.mark.parametrize(
    ("logical", "language", "output"),
    [
        ("a.scss", "scss", "a.css"),
        ("a.css.scss", "scss", "a.css"),
        ("a.min.less", "less", "a.min.css"),
        ("a.js.coffee", "coffee", "a.js"),
        ("a.coffee.md", "coffee", "a.js"),
        ("a.MD", "raw", "a.MD"),
        ("a.TS", "typescript", "a.js"),
        ("a.jsx", "jsx", "a.js"),
        ("a.mjs", "js", "a.mjs"),
        ("a.json", "raw", "a.json"),
        ("x/.scss", "raw", "x/.scss"),
    ],
)
def test_language_and_output_by_name(logical: str, language: str, output: str) -> None:
    found = find_language(logical)
    assert (found.name, name_output(found, LogicalPath(logical))) == (language, output)


def test_wrong_options_are_all_told() -> None:
    with pytest.raises(AssetbuildError) as caught:
        check_options(LANGUAGES["coffee"], {"bara": True, "version": "3"}, where="[language]")
    assert [(one.code, one.message, one.hint) for one in caught.value.diagnostics] == [
        (
            "language/unknown-option",
            '[language]: coffee has no option "bara"',
            'did you mean "bare"?',
        ),
        (
            "language/wrong-option",
            '[language]: version = "3" is not what coffee takes',
            'write one of "1", "2"',
        ),
    ]


def test_functions_of_sprockets_in_plain_css_are_errors(tmp_path: Path) -> None:
    css = (
        ".a { background: image-url('a.png') }\n"
        "/* asset-url(b) */ .b { content: 'font-url(c)'; my-image-url: x }\n"
        ".d { src: url(asset-path('d.woff')); --e: font-path(\"e.woff\") }\n"
    )
    write_tree(tmp_path, {"assets/a.css": css})
    first, second, third = errors_of(make_request(tmp_path, "a.css"))
    assert first.splitlines() == [
        "css/asset-function: plain CSS has no image-url(): browsers drop the declaration",
        "  assets/a.css:1:18",
        "    .a { background: image-url('a.png') }",
        "                     ^^^^^^^^^^^^^^^^^^",
        "  hint: write url('asset:a.png'), or end the file's name in \".scss\"",
    ]
    assert second.splitlines()[0].startswith("css/asset-function: plain CSS has no asset-path()")
    assert "write url('asset:d.woff')" in second
    assert third.splitlines()[0].startswith("css/asset-function: plain CSS has no font-path()")


def test_the_table_has_the_extensions_that_each_language_says() -> None:
    for name, (_, _, extensions) in registry._TABLE.items():
        language = LANGUAGES[name]
        assert (language.name, language.extensions) == (name, extensions)
        assert all(find_language(f"a{one}").name == name for one in extensions)
