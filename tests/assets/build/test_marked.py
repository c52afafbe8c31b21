"""Marked backgrounds through whole builds: CSS, SCSS, LESS and Sass alike; what is an output."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import tinycss2

from assetbuild.assets.result import BuildResult
from assetbuild.jobs.explain import explain_output
from assetbuild.reporting import TextReporter
from tests.support.builds import ENV, build, failing, output_of, outputs, told
from tests.support.pictures import make_png, read_rgba
from tests.support.tree import write_tree

PICTURES: dict[str, str | bytes] = {
    "assetbuild.toml": "",
    **{f"assets/img/i{n}.png": make_png(16, 10 + n, seed=n) for n in range(4)},
    "assets/img/i0@2x.png": make_png(32, 20, seed=10),
    "assets/img/bar.png": make_png(5, 20, seed=11),
}
DEVELOPMENT = '[assets]\nprofile = "development"\n'


def cut(
    result: BuildResult, css: str, selector: str, size: tuple[int, int], scale: int = 1
) -> bytes:
    """Return the pixels that a rule of one background shows, read by another CSS parser."""
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule" or tinycss2.serialize(rule.prelude).strip() != selector:
            continue
        values = {
            one.name: tinycss2.serialize(one.value)
            for one in tinycss2.parse_declaration_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
        }
        text = " ".join(values.values())
        url = re.search(r'url\("?([^")]+)', text)
        place = re.search(r'(?:\)|\A|"|\s)\s*(-?[\d.]+)(?:px)? (-?[\d.]+)(?:px)?', text)
        assert url is not None and place is not None
        sheet = read_rgba((result.output / "css" / url[1]).resolve().read_bytes())
        x, y = (round(-float(one) * scale) for one in place.groups())
        return sheet.crop((x, y, x + size[0] * scale, y + size[1] * scale)).tobytes()
    raise AssertionError(f"no rule {selector}")


SOURCES = {
    "a.css": "\n".join(
        f".i{n} {{ color: red; background: url(../img/i{n}.png) /* sprite: icons */ }}"
        for n in range(4)
    ),
    "a.scss": '$p: "../img";\n@each $n in 0, 1, 2, 3 {\n'
    '  .i#{$n} { background: url("#{$p}/i#{$n}.png"); /* sprite: icons */ }\n}\n',
    "a.less": '@p: "../img";\n'
    + "\n".join(
        f'.i{n} {{ background: url("@{{p}}/i{n}.png"); // sprite: icons\n}}' for n in range(4)
    ),
    "a.sass": "\n".join(
        f".i{n}\n  background: url(../img/i{n}.png) /* sprite: icons */" for n in range(4)
    ),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("config", ["", DEVELOPMENT])
def test_every_language_shows_the_picture_from_the_sheet(
    tmp_path: Path, name: str, config: str
) -> None:
    files = {**PICTURES, f"assets/css/{name}": SOURCES[name], "assetbuild.toml": config}
    result = build(tmp_path / "app", files)
    css = output_of(result, "css/a.css").decode()
    assert "-sprite." not in css
    for n in range(4):
        picture = PICTURES[f"assets/img/i{n}.png"]
        assert isinstance(picture, bytes)
        assert cut(result, css, f".i{n}", (16, 10 + n)) == read_rgba(picture).tobytes()
    assert result.diagnostics == ()


def test_ratios_and_rows_have_sheets_of_their_own(tmp_path: Path) -> None:
    css = (
        ".a{background:url(../img/i0.png) /* sprite: s */}\n"
        ".b{background:url(../img/i0@2x.png) /* sprite: s; ratio=2 */}\n"
        ".c{background:url(../img/bar.png) repeat-x /* sprite: s */}\n"
    )
    result = build(tmp_path / "app", {**PICTURES, "assets/css/a.css": css})
    made = output_of(result, "css/a.css").decode()
    names = {str(one) for one in result.manifest.entries if one.startswith("sprites/")}
    assert names == {
        "sprites/s.png",
        "sprites/s@2x.png",
        "sprites/s-repeat-x.png",
        "sprites/s.json",
    }
    assert "0 0/16px 10px no-repeat" in made
    picture = PICTURES["assets/img/i0@2x.png"]
    assert isinstance(picture, bytes)
    assert cut(result, made, ".b", (16, 10), scale=2) == read_rgba(picture).tobytes()
    document = json.loads(output_of(result, "sprites/s.json"))
    assert [one["meta"]["scale"] for one in document["textures"]] == ["1", "1", "2"]


def test_maps_point_to_what_the_user_wrote(tmp_path: Path) -> None:
    result = build(tmp_path / "app", {**PICTURES, "assets/css/a.css": SOURCES["a.css"]})
    name = next(str(one) for one in result.manifest.entries if one.endswith("a.css.map"))
    document = json.loads(output_of(result, name))
    assert document["sourcesContent"] == [SOURCES["a.css"]]


def test_a_second_build_draws_nothing_and_any_build_is_the_same(tmp_path: Path) -> None:
    files = {**PICTURES, "assets/css/a.css": SOURCES["a.css"]}
    build(tmp_path / "one", files)
    first = outputs(tmp_path / "one")
    assert build(tmp_path / "one").stats.written == 0
    build(tmp_path / "one", {"assets/css/b.css": "b{color:red}"})
    assert (
        first.items()
        <= {**outputs(tmp_path / "one"), "manifest.json": first["manifest.json"]}.items()
    )
    build(tmp_path / "two", dict(reversed(files.items())))
    assert outputs(tmp_path / "two") == first


def test_a_changed_picture_changes_the_sheet_and_an_unmarked_use_stays(tmp_path: Path) -> None:
    css = ".a{background:url(../img/i0.png) /* sprite: s */}\n.b{background:url(../img/i0.png)}\n"
    before = build(tmp_path / "app", {**PICTURES, "assets/css/a.css": css})
    after = build(tmp_path / "app", {"assets/img/i0.png": make_png(16, 10, seed=77)})
    old, new = output_of(before, "css/a.css"), output_of(after, "css/a.css")
    assert old != new
    assert b"img/i0." in new


def test_explain_names_the_pictures_of_a_sheet(tmp_path: Path) -> None:
    env = {**ENV, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    app = write_tree(tmp_path / "app", {**PICTURES, "assets/css/a.css": SOURCES["a.css"]})
    reporter = TextReporter(io.StringIO(), env={})
    for name in ("css/a.css", "sprites/icons.png"):
        found = explain_output(app, name, env=env, reporter=reporter)
        assert {f"assets/img/i{n}.png" for n in range(4)} <= set(found.inputs)
    write_tree(app, {"assets/img/i0.png": make_png(16, 10, seed=70)})
    found = explain_output(app, "sprites/icons.png", env=env, reporter=reporter)
    assert found.reason == '"assets/img/i0.png" changed'


def test_a_table_without_files_sets_up_marked_sprites(tmp_path: Path) -> None:
    config = '[[sprite]]\nname = "icons"\npadding = 7\nformats = ["css"]\n'
    files = {**PICTURES, "assets/css/a.css": SOURCES["a.css"], "assetbuild.toml": config}
    result = build(tmp_path / "app", files)
    assert "no-repeat" in output_of(result, "css/a.css").decode()
    assert "sprites/icons.json" not in {str(one) for one in result.manifest.entries}
    sheet = read_rgba(output_of(result, "sprites/icons.png"))
    assert sheet.height == sum(10 + n for n in range(4)) + 3 * 7


def test_what_is_wrong_is_told_where_the_mark_stands(tmp_path: Path) -> None:
    css = (
        "a { background: url(../img/i0.png) center /* sprite: s */ }\n"
        "b { list-style-image: url(../img/i1.png) /* sprite: s */ }\n"
        "c { background: url(../img/x.svg) /* sprite: s */ }\n"
    )
    svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    files = {**PICTURES, "assets/css/a.css": css, "assets/img/x.svg": svg}
    assert told(failing(tmp_path / "app", files)) == [("sprite/bad-mark", "assets/css/a.css:3:21")]
    files["assets/css/a.css"] = css.rpartition("c {")[0]
    assert told(failing(tmp_path / "app", files)) == [
        ("sprite/bad-mark", "assets/css/a.css:1:21"),
        ("sprite/bad-mark", "assets/css/a.css:2:27"),
    ]


def test_a_missing_marked_picture_is_told_by_its_own_name(tmp_path: Path) -> None:
    css = "a { background: url(../img/i9.png) /* sprite: s */ }\n"
    (found,) = failing(tmp_path / "app", {**PICTURES, "assets/css/a.css": css})
    assert found.code == "css/unresolved-url"
    assert found.message == 'cannot resolve "../img/i9.png"'
    relaxed = '[[rule]]\nglob = "**"\nmissing = "warn"\n'
    result = build(tmp_path / "app", {"assetbuild.toml": relaxed})
    assert output_of(result, "css/a.css").startswith(b"a{background:url(../img/i9.png)}")


def test_a_folder_and_marks_of_one_name_are_refused(tmp_path: Path) -> None:
    files = {
        **PICTURES,
        "assets/css/a.css": SOURCES["a.css"],
        "assets/sprites/icons/x.png": make_png(4, 4),
    }
    assert {one.code for one in failing(tmp_path / "app", files)} == {"sprite/name-taken"}


def test_an_unused_table_has_no_pictures(tmp_path: Path) -> None:
    files = {**PICTURES, "assetbuild.toml": '[[sprite]]\nname = "icons"\n'}
    assert [one.code for one in failing(tmp_path / "app", files)] == ["sprite/no-pictures"]


def test_pictures_of_a_folder_are_outputs_only_where_something_names_them(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assetbuild.toml": '[[rule]]\nglob = "sprites/icons/kept.png"\nentry = true\n',
        "assets/css/a.css": "a{background:url(../sprites/icons/used.png)}",
        "assets/sprites/glyphs/a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        **{
            f"assets/sprites/icons/{name}.png": make_png(8, 8, seed=n)
            for n, name in enumerate(("used", "kept", "only"))
        },
    }
    result = build(tmp_path / "app", files)
    names = {str(one) for one in result.manifest.entries if one.startswith("sprites/")}
    assert {one for one in names if "/icons/" in one or "/glyphs/" in one} == {
        "sprites/icons/used.png",
        "sprites/icons/kept.png",
    }
    assert {"sprites/icons.png", "sprites/glyphs.svg"} <= names


def test_a_marked_picture_may_be_no_output(tmp_path: Path) -> None:
    rule = '[[rule]]\nglob = "img/**"\nentry = false\n'
    files = {**PICTURES, "assets/css/a.css": SOURCES["a.css"], "assetbuild.toml": rule}
    result = build(tmp_path / "app", files)
    assert not [one for one in result.manifest.entries if one.startswith("img/")]
    assert "sprites/icons." in output_of(result, "css/a.css").decode()


def test_a_symbol_is_resolved_in_pages_and_drawings_and_a_missing_one_is_told(
    tmp_path: Path,
) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8"/></svg>'
    page = '<svg><use href="sprites/g.svg#add"/><use xlink:href="sprites/g.svg#ad"></use></svg>'
    result = build(
        tmp_path / "app",
        {
            "assetbuild.toml": "",
            "assets/sprites/g/add.svg": svg,
            "assets/page.html": page,
            "assets/img/d.svg": svg.replace("<path", '<use href="../sprites/g.svg#add"/><path'),
        },
    )
    hashed = {str(name): one.hashed for name, one in result.manifest.entries.items()}
    made = output_of(result, "page.html").decode()
    assert made.count(f'href="{hashed["sprites/g.svg"]}#ad') == 2
    assert f'"../{hashed["sprites/g.svg"]}#add"' in output_of(result, "img/d.svg").decode()
    assert told(result.diagnostics) == [("sprite/no-symbol", "assets/page.html:1:54")]
    assert result.diagnostics[0].hint == 'did you mean "#add"?'


def test_marks_that_libsass_would_drop_are_an_error(tmp_path: Path) -> None:
    config = '[language.scss]\nimplementation = "libsass"\n'
    files = {**PICTURES, "assets/css/a.sass": SOURCES["a.sass"], "assetbuild.toml": config}
    assert told(failing(tmp_path / "app", files)) == [
        ("sass/needs-dart-sass", "assets/css/a.sass:1:1")
    ]
