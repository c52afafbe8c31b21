"""Small files as data URIs: another parser reads the CSS, and the URI decodes to the file."""

from __future__ import annotations

import io
import re
import urllib.request
from pathlib import Path

import pytest
import tinycss2

from assetbuild.assets.build.inline import make_data_uri
from assetbuild.assets.result import BuildResult
from assetbuild.jobs.explain import explain_output
from assetbuild.reporting import TextReporter
from tests.support.builds import build, failing, output_of, told

RULE = '[[rule]]\nglob = "**"\ninline = "2 kB"\n'
DOT = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#f60" d="M0 0h9v9"/><text>é 100%</text></svg>'


def urls(result: BuildResult, name: str = "app.css") -> list[str]:
    """Return every URL of a stylesheet, as another CSS parser reads it."""
    found: list[str] = []

    def walk(nodes: object) -> None:
        for node in nodes or []:  # type: ignore[attr-defined]
            if node.type == "url":
                found.append(node.value)
            elif node.type == "function" and node.lower_name == "url":
                found.append(node.arguments[0].value)
            for part in ("prelude", "content", "arguments", "value"):
                inner = getattr(node, part, None)
                if isinstance(inner, list):
                    walk(inner)

    walk(tinycss2.parse_stylesheet(output_of(result, name).decode()))
    return found


def decode(uri: str) -> bytes:
    with urllib.request.urlopen(uri) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize("written", ["url(dot.gif)", "url('dot.gif')", 'url( "dot.gif" )'])
def test_file_named_once_stands_in_the_stylesheet(tmp_path: Path, written: str) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": RULE,
        "assets/app.css": f".a {{ background: {written} no-repeat }}",
        "assets/dot.gif": DOT,
    }
    result = build(tmp_path / "app", files)
    (uri,) = urls(result)
    assert uri.startswith("data:image/gif;base64,")
    assert decode(uri) == DOT
    entry = next(one for name, one in result.manifest.entries.items() if name == "app.css")
    assert "dot.gif" not in entry.references
    assert "dot.gif" in result.manifest.entries


def test_svg_stands_as_text_where_that_is_shorter(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": RULE,
        "assets/app.css": ".a { background: url(i.svg) }",
        "assets/i.svg": SVG,
    }
    result = build(tmp_path / "app", files)
    (uri,) = urls(result)
    assert uri.startswith("data:image/svg+xml,<svg xmlns='http")
    assert decode(uri).replace(b"'", b'"') == output_of(result, "i.svg").strip()
    assert len(uri) < len(make_data_uri(output_of(result, "i.svg"), "image/other"))


def test_quotes_in_the_text_of_an_svg_stay() -> None:
    svg = SVG.replace("é", 'say "hi"').encode()
    assert decode(make_data_uri(svg, "image/svg+xml", is_quoted=True)) == svg


@pytest.mark.parametrize("data", [b"plain", SVG.encode(), b"\xff\xfe", b""])
def test_data_uri_decodes_to_its_bytes(data: bytes) -> None:
    assert decode(make_data_uri(data, "image/svg+xml")) == data
    quoted = decode(make_data_uri(data, "image/svg+xml", is_quoted=True))
    assert quoted.replace(b"'", b'"') == data


def test_font_and_image_set_are_inlined(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": RULE,
        "assets/app.css": '@font-face { src: url(f.woff2) format("woff2") }\n'
        '.b { background: image-set("dot.gif" 1x) }',
        "assets/f.woff2": b"wOF2 font",
        "assets/dot.gif": DOT,
    }
    result = build(tmp_path / "app", files)
    (font,) = urls(result)
    assert font.startswith("data:font/woff2;base64,")
    assert decode(font) == b"wOF2 font"
    assert b'image-set("data:image/gif;base64,' in output_of(result, "app.css")


KEPT: dict[str, dict[str, str | bytes]] = {
    "twice in one file": {"assets/app.css": ".a{x:url(dot.gif)}.b{y:url(dot.gif)}"},
    "in two files": {
        "assets/app.css": ".a{x:url(dot.gif)}",
        "assets/b.css": ".a{x:url(dot.gif)}",
    },
    "and in a script": {
        "assets/app.css": ".a{x:url(dot.gif)}",
        "assets/a.js": 'new URL("./dot.gif", import.meta.url);export {}',
    },
    "with a query": {"assets/app.css": ".a{x:url(dot.gif?v=1)}"},
    "with a fragment": {"assets/app.css": ".a{x:url(dot.gif#a)}"},
    "too large": {"assets/app.css": ".a{x:url(big.gif)}", "assets/big.gif": DOT * 99},
    "no rule": {"assetbuild.toml": "", "assets/app.css": ".a{x:url(dot.gif)}"},
    "a later rule": {
        "assetbuild.toml": RULE + '[[rule]]\nglob = "*.gif"\ninline = "0"\n',
        "assets/app.css": ".a{x:url(dot.gif)}",
    },
    "an svg that names a file": {
        "assets/app.css": ".a{x:url(i.svg)}",
        "assets/i.svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="dot.gif"/></svg>',
    },
}


@pytest.mark.parametrize("case", KEPT)
def test_reference_stays(tmp_path: Path, case: str) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": RULE,
        "assets/dot.gif": DOT,
        **KEPT[case],
    }
    result = build(tmp_path / "app", files)
    named = {one.hashed for one in result.manifest.entries.values()}
    found = [re.split("[?#]", one)[0] for one in urls(result)]
    assert found and set(found) <= named


def test_changed_file_changes_the_stylesheet_and_explain_tells_of_it(tmp_path: Path) -> None:
    project = tmp_path / "app"
    files: dict[str, str | bytes] = {
        "assetbuild.toml": RULE,
        "assets/app.css": ".a{x:url(dot.gif)}.b{x:url(twice.gif)}.c{x:url(twice.gif)}",
        "assets/dot.gif": DOT,
        "assets/twice.gif": DOT + b"\0",
    }
    first = build(project, files)
    changed = build(project, {"assets/dot.gif": DOT[:-1] + b"\0;"})
    names = [one for one in changed.changed if one in {"app.css", "dot.gif"}]
    assert names == ["app.css", "dot.gif"]
    assert first.manifest != changed.manifest
    env = {"ASSETBUILD_CACHE_DIR": str(tmp_path / "cache")}

    def notes(name: str) -> tuple[str, ...]:
        reporter = TextReporter(io.StringIO(), env=env)
        return explain_output(project, name, env=env, reporter=reporter).notes

    assert notes("app.css") == ("holds dot.gif as a data URI",)
    assert notes("dot.gif") == ("inlined in app.css",)
    assert notes("twice.gif") == ("not inlined: it is named 2 times, by app.css",)
    found = explain_output(
        project, "app.css", env=env, reporter=TextReporter(io.StringIO(), env=env)
    )
    assert "assets/dot.gif" in found.inputs


def test_budget_counts_what_is_inlined(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": RULE + '[budget]\n"app.css" = "60 B"\n[assets]\nsource-maps = false\n',
        "assets/app.css": ".a{x:url(dot.gif)}",
        "assets/dot.gif": DOT,
    }
    assert [code for code, _ in told(failing(tmp_path / "app", files))] == ["budget/over"]


def test_size_that_is_none_is_told(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": '[[rule]]\nglob = "*"\ninline = "small"\n',
        "assets/app.css": "",
    }
    assert [code for code, _ in told(failing(tmp_path / "app", files))] == ["config/wrong-size"]
