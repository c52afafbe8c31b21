from __future__ import annotations

import pytest
import yaml

from assetbuild.buildpacks.release import (
    Release,
    Rule,
    decide_release,
    parse_release,
    render_release,
)
from assetbuild.diagnostics import AssetbuildError


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"---\n", b"--- {}\n", b"--- \n...\n", b"addons:\n", b"---\naddons: []\n"]
)
def test_every_empty_form_that_packs_print_is_an_empty_release(data: bytes) -> None:
    assert parse_release(data, pack="x") == Release()


def test_values_stay_the_text_they_are() -> None:
    printed = b"""default_process_types:
  web: "bin/rails server -p $PORT"
  console: 'irb: now'
config_vars:
  RAILS: yes
  PORT: 0777
  URL: https://x/#y
addons:
- heroku-postgresql:mini
- heroku-redis
"""
    assert parse_release(printed, pack="ruby") == Release(
        addons=("heroku-postgresql:mini", "heroku-redis"),
        process_types={"web": "bin/rails server -p $PORT", "console": "irb: now"},
        config_vars={"RAILS": "yes", "PORT": "0777", "URL": "https://x/#y"},
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Resolving: {\n", "release/not-yaml"),
        (b"\xff\xfe\x00", "release/not-yaml"),
        (b"[" * 100_000, "release/not-yaml"),
        (b"x" * 300_000, "release/not-yaml"),
        (b"!!python/object/apply:os.system [id]\n", "release/wrong-shape"),
        (b"just words", "release/wrong-shape"),
        (b"addons: {a: b}\n", "release/wrong-shape"),
        (b"config_vars: [a]\n", "release/wrong-shape"),
        (b"default_process_types: {web: [a]}\n", "release/wrong-shape"),
    ],
)
def test_what_is_no_release_is_an_error_that_names_the_pack(data: bytes, code: str) -> None:
    with pytest.raises(AssetbuildError) as caught:
        parse_release(data, pack="node")
    (found,) = caught.value.diagnostics
    assert (found.code, '"node"' in found.message) == (code, True)


NODE = Release(
    addons=("db",), process_types={"web": "npm start", "worker": "w"}, config_vars={"A": "1"}
)
PYTHON = Release(addons=("cache", "db"), process_types={"web": "gunicorn"}, config_vars={"B": "2"})


def test_the_last_wins_whole_and_what_it_drops_is_told() -> None:
    decision = decide_release([("node", NODE), ("python", PYTHON)], "last")
    assert (decision.release, decision.winner) == (PYTHON, "python")
    assert decision.dropped == (
        "addon db of node: only python is asked",
        "process type web of node: only python is asked",
        "process type worker of node: only python is asked",
        "config var A of node: only python is asked",
    )


def test_the_last_wins_even_when_it_is_empty() -> None:
    decision = decide_release([("node", NODE), ("empty", Release())], "last")
    assert (decision.release, decision.winner) == (Release(), "empty")


def test_merge_is_later_wins_type_by_type() -> None:
    decision = decide_release([("node", NODE), ("python", PYTHON)], "merge")
    assert decision.release == Release(
        addons=("db", "cache"),
        process_types={"web": "gunicorn", "worker": "w"},
        config_vars={"A": "1", "B": "2"},
    )
    assert decision.dropped == ("process type web of node: python says otherwise",)


@pytest.mark.parametrize("rule", ["last", "merge"])
def test_no_release_at_all_is_an_empty_one(rule: Rule) -> None:
    decision = decide_release([], rule)
    assert (decision.release, decision.winner, decision.dropped) == (Release(), None, ())


@pytest.mark.parametrize("release", [Release(), NODE, PYTHON])
def test_what_we_print_reads_back(release: Release) -> None:
    text = render_release(release)
    assert parse_release(text.encode(), pack="us") == release
    assert isinstance(yaml.safe_load(text), dict)
