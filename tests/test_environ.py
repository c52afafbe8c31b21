from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.environ import EnvPatch, diff_environ, is_variable_name

environs = st.dictionaries(st.sampled_from("ABCD"), st.text(max_size=3))


@given(environs, environs)
def test_diff_turns_one_environment_into_the_other(
    before: dict[str, str], after: dict[str, str]
) -> None:
    assert diff_environ(before, after).apply(before) == after


@given(environs, environs, environs)
def test_joined_patches_equal_one_after_the_other(
    first: dict[str, str], second: dict[str, str], third: dict[str, str]
) -> None:
    one, two = diff_environ(first, second), diff_environ(second, third)
    joined = one.then(two)
    assert joined.apply(first) == third
    assert not joined.set.keys() & joined.unset, "a name is never in both"


def test_values_keep_newlines() -> None:
    assert EnvPatch(set={"KEY": "a\nb"}).apply({}) == {"KEY": "a\nb"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[("A", True), ("_a1", True), ("", False), ("1A", False), ("A-B", False), ("A.B", False)],
        *[("A\n", False), ("Ä", False), ("BASH_FUNC_f%%", False)],
    ],
)
def test_names_that_every_shell_knows(name: str, *, expected: bool) -> None:
    assert is_variable_name(name) == expected
