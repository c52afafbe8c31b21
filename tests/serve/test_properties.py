"""What holds for every header field, held against a slow reading of RFC 9110."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assetbuild.serve.negotiate import (
    IDENTITY,
    Unsatisfiable,
    choose_coding,
    matches_strongly,
    matches_weakly,
    parse_http_date,
    parse_range,
)

CODINGS = ("br", "gzip", "identity", "*", "zstd")
WEIGHTS = {"": 1.0, ";q=0": 0.0, "; q=0.5": 0.5, " ;q=1.000": 1.0, ";q=0.001": 0.001}
ITEMS = st.dictionaries(st.sampled_from(CODINGS), st.sampled_from(sorted(WEIGHTS)), max_size=4)
SPACES = st.sampled_from(["", " ", "\t", ", "])


@given(ITEMS, SPACES)
def test_the_coding_is_acceptable_and_none_available_is_better(
    items: dict[str, str], space: str
) -> None:
    field = ",".join(f"{space}{name}{weight}" for name, weight in items.items())
    available = ("br", "gzip")
    weights = {name: WEIGHTS[weight] for name, weight in items.items()}
    star = weights.get("*")

    def weigh(coding: str) -> float:
        return weights.get(coding, star if star is not None else 0.0)

    chosen = choose_coding(field, available)
    best = max(weigh(one) for one in available)
    if chosen is None:
        assert best == 0 and weights.get("identity", star) == 0
    elif chosen == IDENTITY:
        assert weights.get("identity", 1 if star is None else star) > 0
        assert best == 0 or weights.get("identity", 0.0 if star is None else star) > best
    else:
        assert weigh(chosen) == best > 0


@given(st.text(max_size=30), st.sampled_from([0, 1, 7, 1000]))
def test_any_text_is_a_range_that_the_file_has_or_none(text: str, size: int) -> None:
    for field in (text, f"bytes={text}"):
        found = parse_range(field, size)
        if isinstance(found, tuple):
            assert 0 <= found[0] <= found[1] < size
    parse_http_date(text)
    assert choose_coding(text, ("gzip",)) in {"gzip", IDENTITY, None}


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 20))
def test_a_range_is_what_a_slice_gives(first: int, last: int, size: int) -> None:
    data = bytes(range(size))
    found = parse_range(f"bytes={first}-{last}", size)
    if last < first:
        assert found is None
    elif first >= size:
        assert found is Unsatisfiable.RANGE
    else:
        assert isinstance(found, tuple)
        assert data[found[0] : found[1] + 1] == data[first : last + 1]
    tail = parse_range(f"bytes=-{last}", size)
    if last == 0 or size == 0:
        assert not isinstance(tail, tuple)
    else:
        assert isinstance(tail, tuple)
        assert data[tail[0] : tail[1] + 1] == data[-last:]


# some that are drawn often enough to be equal, or nearly so
TAGS = st.sampled_from(["a", "A", "a-gzip", "a,b", "W/a", "*", ""]) | st.text(
    st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters=' "')
)


@given(st.lists(st.tuples(st.booleans(), TAGS), min_size=1, max_size=4), TAGS)
def test_a_tag_matches_when_the_list_has_it(items: list[tuple[bool, str]], tag: str) -> None:
    field = " , ".join(f'{"W/" if is_weak else ""}"{one}"' for is_weak, one in items)
    assert matches_weakly(field, f'"{tag}"') == any(one == tag for _, one in items)
    assert matches_strongly(field, f'"{tag}"') == any(
        one == tag and not is_weak for is_weak, one in items
    )
