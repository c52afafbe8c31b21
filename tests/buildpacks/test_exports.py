"""What is taken from an ``export`` file's environment, and the text of our own."""

from __future__ import annotations

from assetbuild.buildpacks.exports import diff_export, parse_env0, render_export
from assetbuild.environ import EnvPatch


def test_items_that_are_no_variables_are_passed_over() -> None:
    assert parse_env0(b"A=1\0=odd\0nosign\0B=x=y\0C=\0") == {"A": "1", "B": "x=y", "C": ""}


def test_home_and_path_stay_and_bashs_bookkeeping_does_not_count() -> None:
    before = {"HOME": "/app", "PATH": "/bin", "OLDPWD": "/x", "GONE": "1"}
    patch = diff_export(before, {"SHLVL": "2", "PWD": "/y", "NEW": "1"})
    assert patch == EnvPatch(set={"NEW": "1"}, unset=frozenset(["GONE"]))


def test_names_that_bash_cannot_say_are_in_no_line() -> None:
    odd = EnvPatch(set={"a-b": "1", "OK": "$x 'y'"}, unset=frozenset(["c;rm", "OLD"]))
    assert render_export(odd) == "unset OLD\nexport OK='$x '\"'\"'y'\"'\"''\n"
