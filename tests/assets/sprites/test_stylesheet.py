"""The texts of a sprite, read by their own compilers."""

from __future__ import annotations

import json
from dataclasses import replace

import dukpy
import pytest
import sass
import tinycss2

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
    selectors = [tinycss2.serialize(one.prelude).strip() for one in rules[4:]]
    assert selectors == [".icons-add", r".icons-1\+1", ".icons-dot"]


def test_a_prefix_of_any_letters_is_quoted_and_escaped() -> None:
    one = replace(SHEETS, ratios=(1,), sizes=SHEETS.sizes[:1], cells=SHEETS.cells[:1])
    sheet, cell = tinycss2.parse_stylesheet(
        render_css(one, prefix='i"\\'), skip_comments=True, skip_whitespace=True
    )
    found = [
        token.value
        for selector in sheet.prelude
        if selector.type == "[] block"
        for token in selector.content
        if token.type == "string"
    ]
    assert found == ['i"\\', ' i"\\']
    assert cell.prelude[1].value == 'i"\\add'


def test_less_mixin_gives_one_picture_of_its_sheet() -> None:
    text = render_less(SHEETS, prefix="icons-") + '.x { .icons("dot"); }'
    css: str = dukpy.less_compile(text)
    rule = css[css.index(".x {") :].partition("}")[0]
    assert 'background-image: url("asset:sprites/icons-2.png");' in rule
    assert "background-position: 0 0;" in rule
    assert "width: 8px;" in rule
    assert css.count("min-resolution: 1.25dppx") == 3


def test_json_has_texture_packer_s_fields() -> None:
    document = json.loads(render_json(SHEETS))
    first = document["textures"][0]
    assert first["meta"]["size"] == {"w": 34, "h": 16}
    assert first["frames"]["add"]["frame"] == {"x": 0, "y": 0, "w": 16, "h": 16}
    dot = document["textures"][3]["frames"]["dot"]
    assert dot["trimmed"] is True
    assert dot["spriteSourceSize"] == {"x": 2, "y": 4, "w": 16, "h": 16}
