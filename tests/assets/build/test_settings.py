"""Settings: rules by order, profiles, sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.assets.build.settings import resolve_settings
from assetbuild.config.load import load_config
from assetbuild.diagnostics import UsageError
from tests.support.tree import write_tree

TOML = """
[assets]
minify = true
[language.scss]
precision = 8
[[rule]]
glob = "vendor/**"
missing = "warn"
minify = false
options = { precision = 5 }
[[rule]]
glob = "vendor/own/**"
minify = true
entry = false
[profile.staging]
source-maps = false
"""


def test_later_rules_win(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": TOML})
    table = resolve_settings(load_config(tmp_path))
    own, plain = table.for_path("vendor/own/a.scss", "scss"), table.for_path("a.scss", "scss")
    assert (own.minify, own.missing, own.is_entry) == (True, "warn", False)
    assert own.options == {"precision": 5}
    assert (plain.minify, plain.missing, plain.is_entry) == (True, "error", None)
    assert plain.options == {"precision": 8}


def test_a_rule_names_a_source_by_what_it_becomes_too(tmp_path: Path) -> None:
    rules = (
        '[[rule]]\nglob = "a.css"\nmissing = "warn"\n[[rule]]\nglob = "a.scss"\nminify = false\n'
    )
    write_tree(tmp_path, {"assetbuild.toml": rules})
    table = resolve_settings(load_config(tmp_path))
    both = table.for_path("a.scss", "scss", output="a.css")
    assert (both.missing, both.minify) == ("warn", False)
    assert table.for_path("b.scss", "scss", output="b.css").missing == "error"


def test_minified_files_are_left_as_they_are(tmp_path: Path) -> None:
    table = resolve_settings(load_config(tmp_path))
    assert [table.for_path(n, "js").minify for n in ("a.min.js", "x.min.d/a.js")] == [False, True]


def test_profiles_override_assets(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assetbuild.toml": TOML})
    config = load_config(tmp_path)
    assert resolve_settings(config, "development").assets.minify is False
    assert resolve_settings(config, "staging").assets.source_maps is False


def test_unknown_profile_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_settings(load_config(tmp_path), "developement")
    assert caught.value.diagnostics[0].hint == 'did you mean "development"?'
