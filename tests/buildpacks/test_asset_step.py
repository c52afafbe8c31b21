from __future__ import annotations

import json
from pathlib import Path

from assetbuild.buildpacks.asset_step import (
    asset_environ,
    choose_build_vars,
    render_record,
    warn_missing,
)
from assetbuild.buildpacks.chain import ChainState
from assetbuild.environ import EnvPatch

VARS = {"PUBLIC_URL": "https://x.example", "DATABASE_URL": "postgres://secret"}
BASE = {"PATH": "/bin", "HOME": "/app", "LANG": "C", "STACK": "heroku-24", "https_proxy": "p"}


def test_no_config_var_goes_in_by_default() -> None:
    chosen = choose_build_vars(VARS, ())
    assert (chosen.values, chosen.missing) == ({}, ())


def test_a_listed_var_goes_in_and_a_missing_one_is_warned_about() -> None:
    chosen = choose_build_vars(VARS, ("PUBLIC_URL", "API_URL"))
    assert chosen.values == {"PUBLIC_URL": "https://x.example"}
    assert [one.message for one in warn_missing(chosen)] == [
        '[env] build lists "API_URL", which is no config var of this app'
    ]


def test_of_the_chain_only_path_enters_the_asset_build() -> None:
    state = ChainState(
        env=EnvPatch(set={"PATH": "/node:/bin", "PYTHONHOME": "/bad", "NODE_OPTIONS": "--x"})
    )
    chosen = choose_build_vars(VARS, ("PUBLIC_URL",))
    assert asset_environ(BASE, state, chosen, cache_dir=Path("/c")) == {
        **BASE,
        "PATH": "/node:/bin",
        "PUBLIC_URL": "https://x.example",
        "ASSETBUILD_CACHE_DIR": "/c",
    }


def test_the_record_names_vars_and_no_values() -> None:
    one = render_record(choose_build_vars(VARS, ("PUBLIC_URL", "DATABASE_URL")))
    other = render_record(
        choose_build_vars({**VARS, "PUBLIC_URL": "other"}, ("PUBLIC_URL", "DATABASE_URL"))
    )
    assert b"secret" not in one
    assert b"example" not in one
    first, second = json.loads(one)["env"], json.loads(other)["env"]
    assert list(first) == ["DATABASE_URL", "PUBLIC_URL"]
    assert first["DATABASE_URL"] == second["DATABASE_URL"]
    assert first["PUBLIC_URL"] != second["PUBLIC_URL"]
