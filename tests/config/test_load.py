from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.config.show import list_values
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from tests.support.tree import write_tree


def refuse(tmp_path: Path, text: str, name: str = "assetbuild.toml") -> list[str]:
    write_tree(tmp_path, {name: text})
    with pytest.raises(AssetbuildError) as caught:
        load_config(tmp_path)
    return [render_diagnostic(one) for one in caught.value.diagnostics]


def test_no_file_means_all_defaults(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config(project=tmp_path)


def test_values_and_where_they_came_from(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "x"\n[tool.assetbuild.assets]\n'
            'roots = ["a", "b"]\nhash_length = 16\n'
            '[[tool.assetbuild.bundle]]\nname = "js/app.js"\nfiles = ["js/*.js"]\n'
        },
    )
    config = load_config(tmp_path)
    assert config.assets.roots == ("a", "b")
    assert config.assets.hash_length == 16
    assert config.bundle[0].name == "js/app.js"
    shown = {one.key: one.origin for one in list_values(config)}
    assert shown["assets.roots"] == "pyproject.toml:4:1"
    assert shown["assets.hash-length"] == "pyproject.toml:5:1"
    assert shown["bundle.0.name"] == "pyproject.toml:7:1"
    assert shown["assets.output"] == "default"


def test_all_mistakes_are_told_with_place_and_nearest_name(tmp_path: Path) -> None:
    text = (
        "[assets]\n"
        'root = ["x"]\n'
        'hash-length = "12"\n'
        'missing = "eror"\n'
        "[[bundle]]\n"
        'files = ["a", 3]\n'
        "[asset]\n"
    )
    shown = [one.splitlines() for one in refuse(tmp_path, text)]
    assert [lines[0] for lines in shown] == [
        'config/unknown-key: unknown key "assets.root"',
        'config/wrong-type: "assets.hash-length" must be a whole number, not "12"',
        'config/wrong-type: "assets.missing" must be one of "error", "warn", not "eror"',
        'config/wrong-type: "bundle.0.files.1" must be a string, not 3',
        'config/missing-key: "bundle.0.name" is missing',
        'config/unknown-key: unknown key "asset"',
    ]
    assert [lines[1].strip() for lines in shown] == [
        "assetbuild.toml:2:1",
        "assetbuild.toml:3:1",
        "assetbuild.toml:4:1",
        "assetbuild.toml:6:15",
        "assetbuild.toml:5:3",
        "assetbuild.toml:7:2",
    ]
    assert shown[0][-1] == '  hint: did you mean "roots"?'
    assert shown[2][-1] == '  hint: did you mean "error"?'
    assert shown[5][-1] == '  hint: did you mean "assets"?'


def test_broken_toml_is_told_with_its_place(tmp_path: Path) -> None:
    (shown,) = refuse(tmp_path, "[assets]\nroots = [\n\n")
    assert shown.startswith("config/syntax: not TOML:")
    (shown,) = refuse(tmp_path, "[assets]\nroots = x\n")
    assert "assetbuild.toml:2:9" in shown


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "assetbuild.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(AssetbuildError) as caught:
        load_config(tmp_path)
    assert caught.value.diagnostics[0].code == "config/not-utf8"


def test_byte_order_mark_and_crlf_are_read(tmp_path: Path) -> None:
    (tmp_path / "assetbuild.toml").write_bytes(b'\xef\xbb\xbf[assets]\r\noutput = "x"\r\n')
    assert load_config(tmp_path).assets.output == "x"


def test_two_files_are_an_error(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": "[tool.assetbuild]\n"})
    assert refuse(tmp_path, "")[0].startswith("config/two-files")


def test_a_table_written_as_an_array_of_tables_is_shown_where_it_stands(tmp_path: Path) -> None:
    (told,) = refuse(tmp_path, '[assets]\nroots = []\n\n[[budget]]\nmax = "1 kB"\n')
    assert told.splitlines()[:2] == [
        'config/wrong-type: "budget" must be a table, not an array of tables: write [budget]',
        "  assetbuild.toml:4:3",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[chain]\ntime-limit-s = -1\n", '"chain.time-limit-s" must be a whole number, from 0 on'),
        ("[assets]\nhash-length = 99\n", '"assets.hash-length" must be a whole number, 8 to 64'),
        ("[assets]\nkeep = 99999999999\n", '"assets.keep" must be a whole number, 0 to 1000000000'),
        ("[images]\nwidths = [480, 0]\n", '"images.widths.1" must be a whole number, 1 to 16383'),
        ("[images]\nwebp-quality = 0\n", '"images.webp-quality" must be a whole number, 1 to 100'),
        ("[[image]]\nglob = '*'\nwidths = [16384]\n", "must be a whole number, 1 to 16383"),
        ("[images]\nmax-megapixels = 179\n", "must be a whole number, 1 to 178"),
        ("[[buildpack]]\nurl = 'x/y'\ntime-limit-s = 0\n", "must be a whole number, from 1 on"),
        ("[assets]\nroots = ['']\n", '"assets.roots.0" must be a text that is not empty'),
        ("[assets]\noutput = ' '\n", '"assets.output" must be a text that is not empty'),
        ('[assets]\noutput = "a\\u0000b"\n', 'without control characters, not "a\\x00b"'),
        ('[assets]\nexclude = ["a\\nb"]\n', 'without control characters, not "a\\nb"'),
        ("[assets]\noutput = '/srv'\n", '"assets.output" must be a path that is relative to the'),
        ("[assets]\nurl = 'a b'\n", '"assets.url" must be a URL path such as'),
        ("[assets]\nurl = '../x'\n", '"assets.url" must be a URL path such as'),
        ("[assets]\nexclude = ['/a']\n", '"assets.exclude.0" must be a glob without "/" in front'),
        ("[[rule]]\nglob = '../a'\n", 'must be a glob without "/" in front and without ".."'),
        ("[assets]\ncache-size = 'big'\n", '"assets.cache-size" must be a size such as "2 GB"'),
        ("[publish]\nmin-age = 'a month'\n", '"publish.min-age" must be an age such as "30d"'),
        ("[publish]\nheaders-elsewhere = ['X Y']\n", "must be the name of a header"),
        ("[serve]\nhosts = ['http://a/']\n", '"serve.hosts.0" must be a host name'),
        ("[env]\nbuild = ['A-B']\n", '"env.build.0" must be the name of a variable'),
        ("[budget]\n'' = '1 kB'\n", '"budget." must be a text that is not empty'),
    ],
)
def test_a_value_that_could_not_be_meant_is_told_where_it_is_written(
    tmp_path: Path, text: str, said: str
) -> None:
    (told,) = refuse(tmp_path, text)
    assert told.startswith("config/wrong-type: ") and said in told.splitlines()[0]


def test_odd_values_that_can_be_meant_are_taken(tmp_path: Path) -> None:
    text = (
        "[assets]\noutput = '../public'\nroots = ['/usr/share/icons', 'ä ö']\nurl = 'static/'\n"
        "exclude = ['a..b/**', 'drafts/']\n"
        "[[rule]]\nglob = '**'\nheaders = { X-Frame-Options = '' }\n"
        "[serve]\nhosts = ['static.', '[::1]']\n[[sprite]]\nname = 'i'\nclass-prefix = ''\n"
    )
    write_tree(tmp_path, {"assetbuild.toml": text})
    config = load_config(tmp_path)
    assert config.rule[0].headers == {"X-Frame-Options": ""}
    for url in ("//cdn.example.com/a/", "https://cdn.example.com:8443", "/", "/a%20b/@c/"):
        write_tree(tmp_path, {"assetbuild.toml": f"[assets]\nurl = '{url}'\n"})
        assert load_config(tmp_path).assets.url == url
