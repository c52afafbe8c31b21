"""The texts of a sprite, read by their own compilers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sass
import tinycss2

from assetbuild.assets.sprites.identifier import escape_identifier, is_plain_name
from assetbuild.assets.sprites.sheet import Cell, SheetSet
from assetbuild.assets.sprites.stylesheet import render_css, render_json, render_less, render_scss

SHEETS = SheetSet(
    name="icons",
    ratios=(1, 2),
    sizes=((34, 16), (8, 8)),
    cells=(
        Cell(name="add", sheet=0, x=0, y=0, width=16, height=16, full_width=16, full_height=16),
        Cell(name="1+1", sheet=0, x=18, y=0, width=16, height=16, full_width=16, full_height=16),
        Cell(
            name="dot",
            sheet=1,
            x=0,
            y=0,
            width=8,
            height=8,
            offset_x=1,
            offset_y=2,
            full_width=12,
            full_height=12,
        ),
    ),
    waste=0.1,
)


def compile_scss(text: str) -> str:
    return str(sass.compile(string=render_scss(SHEETS, prefix="icons-") + text))


def test_scss_gives_one_class_each() -> None:
    css = compile_scss("")
    assert ".icons-add" in css and r".icons-1\+1" in css
    assert "background-position: -18px 0" in css
    assert css.count("min-resolution: 1.25dppx") == 2


def test_scss_mixin_gives_one_picture_and_no_classes() -> None:
    css = sass.compile(
        string="$icons-classes: false;"
        + render_scss(SHEETS, prefix="icons-")
        + '.x { @include icons("dot") }',
        output_style="compressed",
    )
    assert "icons-add" not in css
    assert 'url("asset:sprites/icons-2.png")' in css
    assert "width:8px" in css


def test_scss_map_has_numbers() -> None:
    css = compile_scss('.x { width: map-get(map-get($icons, "dot"), full-width) }')
    assert "width: 12px" in css


def test_scss_names_an_unknown_picture() -> None:
    with pytest.raises(sass.CompileError, match="no picture nope"):
        compile_scss('.x { @include icons("nope") }')


def test_css_parses_and_names_every_picture() -> None:
    rules = tinycss2.parse_stylesheet(
        render_css(SHEETS, prefix="icons-"), skip_comments=True, skip_whitespace=True
    )
    assert [one.type for one in rules] == [
        "qualified-rule",
        "at-rule",
        "qualified-rule",
        "at-rule",
        *["qualified-rule"] * 3,
    ]


def test_less_has_a_mixin_each() -> None:
    text = render_less(SHEETS, prefix="icons-")
    assert '.icons("dot") {' in text
    assert ".icons-sheet(2) {" in text


def test_json_has_texture_packer_s_fields() -> None:
    document = json.loads(render_json(SHEETS))
    first = document["textures"][0]
    assert first["meta"]["size"] == {"w": 34, "h": 16}
    assert first["frames"]["add"]["frame"] == {"x": 0, "y": 0, "w": 16, "h": 16}
    dot = document["textures"][3]["frames"]["dot"]
    assert dot["trimmed"] is True
    assert dot["spriteSourceSize"] == {"x": 2, "y": 4, "w": 16, "h": 16}


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("add", "add"),
        ("1up", r"\31 up"),
        ("-1", r"-\31 "),
        ("-", r"\-"),
        ("a.b", r"a\.b"),
        ("ü", "ü"),
    ],
)
def test_identifiers_are_escaped_as_cssom_says(name: str, escaped: str) -> None:
    assert escape_identifier(name) == escaped
    (token,) = tinycss2.parse_component_value_list(escaped)
    assert (token.type, token.value) == ("ident", name)


def test_plain_names() -> None:
    assert [is_plain_name(one) for one in ("a-b_1", "a.b", "", "é")] == [True, False, False, True]


def test_less_compiles_where_the_engine_is_there(tmp_path: Path) -> None:
    dukpy = pytest.importorskip("dukpy")
    css = dukpy.less_compile(render_less(SHEETS, prefix="icons-") + '.x { .icons("add"); }')
    assert ".x {" in css and "asset:sprites/icons.png" in css
