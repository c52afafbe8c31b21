"""Source maps: reading, writing, following and shifting, against their definitions."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.assets.references import rewrite_references
from assetbuild.assets.sourcemaps.compose import Place, compose_maps, look_up
from assetbuild.assets.sourcemaps.lines import identity_map
from assetbuild.assets.sourcemaps.model import (
    MapBuilder,
    SourceMap,
    emit_source_map,
    parse_source_map,
)
from assetbuild.assets.sourcemaps.packed import pack_source_map
from assetbuild.assets.sourcemaps.shift import shift_mappings
from assetbuild.assets.sourcemaps.utf16 import count_utf16
from assetbuild.assets.sourcemaps.vlq import (
    Segment,
    decode_mappings,
    decode_numbers,
    encode_mappings,
    encode_number,
)
from assetbuild.assets.syntax.reference import Edit, Reference

numbers = st.integers(0, 100_000)
segments = st.one_of(st.tuples(numbers), st.tuples(*[numbers] * 4), st.tuples(*[numbers] * 5))
mapping_lines = st.lists(st.lists(segments, unique_by=lambda one: one[0]).map(sorted))


def test_known_numbers() -> None:
    # the examples of ECMA-426: 0, 1, -1, 16, 123
    assert [encode_number(one) for one in (0, 1, -1, 16, 123)] == ["A", "C", "D", "gB", "2H"]
    assert decode_numbers("AAgBC") == (0, 0, 16, 1)


@given(mapping_lines)
def test_mappings_survive_a_round_trip(lines: list[list[Segment]]) -> None:
    while lines and not lines[-1]:
        lines.pop()
    assert decode_mappings(encode_mappings(lines)) == (lines or [[]])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"version": 2}',
        b'{"version": 3, "sources": [], "mappings": "AAAA"}',
        b'{"version": 3, "sources": ["a"], "mappings": "AAA"}',
        b'{"version": 3, "sources": ["a"], "mappings": "!"}',
        b'{"version": 3, "sources": ["a"], "mappings": "AADA"}',
        b'{"version": 3, "sources": ["a"], "mappings": "g"}',
        b'{"version": 3, "mappings": ""}',
        b'{"version": 3, "sections": [{}]}',
    ],
)
def test_what_is_no_map_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_source_map(data)


def test_root_guard_and_sections() -> None:
    inner = {"version": 3, "sourceRoot": "r", "sources": ["a"], "mappings": "AAAA;AACA"}
    index = {
        "version": 3,
        "sections": [
            {"offset": {"line": 0, "column": 0}, "map": inner},
            {"offset": {"line": 1, "column": 5}, "map": {**inner, "sources": ["b"]}},
        ],
    }
    found = parse_source_map(")]}'\n" + json.dumps(index))
    assert found.sources == ("r/a", "r/b")
    assert look_up(found, 1, 3) == Place("r/a", 1, 0, None)
    assert look_up(found, 1, 9) == Place("r/b", 0, 0, None)
    assert look_up(found, 2, 0) == Place("r/b", 1, 0, None)


def test_emitting_is_canonical() -> None:
    data = emit_source_map(identity_map("a\nb", "é.css"))
    assert data.decode() == (
        '{"version":3,"sources":["é.css"],"sourcesContent":["a\\nb"],"names":[],"mappings":"AAAA;AACA"}'
    )
    assert emit_source_map(parse_source_map(data)) == data


def test_composing_leads_to_the_first_source() -> None:
    first = SourceMap(
        sources=("a.coffee",),
        contents=("x",),
        names=("x",),
        lines=[[(0, 0, 4, 2), (10, 0, 5, 0, 0)]],
    )
    second = SourceMap(
        sources=("a.js", "b.js"),
        contents=(None, "y"),
        names=("t",),
        lines=[[(0, 0, 0, 3), (5, 0, 0, 12), (7, 1, 1, 1, 0), (9, 0, 8, 0)]],
    )
    found = compose_maps(second, {"a.js": first})
    assert found.sources == ("a.coffee", "b.js")
    assert look_up(found, 0, 1) == Place("a.coffee", 4, 2, None)
    assert look_up(found, 0, 5) == Place("a.coffee", 5, 0, "x")
    assert look_up(found, 0, 8) == Place("b.js", 1, 1, "t")
    assert look_up(found, 0, 9) is None


words = st.lists(
    st.text(st.sampled_from("ab😀\n"), min_size=1, max_size=4), min_size=1, max_size=12
)


@given(words, st.data())
def test_shifting_keeps_every_place_outside_of_the_edits(
    parts: list[str], data: st.DataObject
) -> None:
    """Map each part's start to its number, replace some parts, and look every other one up."""
    text = "".join(parts)
    starts = [sum(map(len, parts[:index])) for index in range(len(parts))]
    chosen = data.draw(st.sets(st.integers(0, len(parts) - 1)))
    lines: list[list[Segment]] = [[] for _ in range(text.count("\n") + 1)]
    for index, start in enumerate(starts):
        row = text.count("\n", 0, start)
        column = count_utf16(text[text.rfind("\n", 0, start) + 1 : start])
        lines[row].append((column, 0, index, 0))
    replacements = [
        (
            Reference(starts[one], starts[one] + len(parts[one]), "", "source-map", "comment"),
            data.draw(st.sampled_from(["", "x", "😀😀", "long" * 9])),
        )
        for one in sorted(chosen)
    ]
    new, edits = rewrite_references(text, replacements)
    shifted = decode_mappings(shift_mappings(encode_mappings(lines), text, edits))
    found = SourceMap(sources=("s",), contents=(None,), names=(), lines=shifted)
    moved = 0
    for index, part in enumerate(parts):
        start = starts[index] + moved
        if index in chosen:
            moved += len(next(e.text for e in edits if e.start == starts[index])) - len(part)
            continue
        row = new.count("\n", 0, start)
        column = count_utf16(new[new.rfind("\n", 0, start) + 1 : start])
        place = look_up(found, row, column)
        assert place is not None
        assert place.line == index


@given(mapping_lines, st.integers(0, 12), numbers, st.randoms())
def test_a_packed_map_answers_as_a_map(
    lines: list[list[Segment]], line: int, column: int, random: Random
) -> None:
    for one in lines:
        random.shuffle(one)  # as some tools write them
    count = max((part for one in lines for item in one for part in item[1:]), default=0) + 1
    document = {
        "version": 3,
        "sources": [f"s{at}" for at in range(min(count, 100_001))],
        "names": ["n"] * min(count, 100_001),
        "mappings": encode_mappings(lines),
    }
    data = json.dumps(document).encode()
    whole, packed = parse_source_map(data), pack_source_map(data)
    assert (packed.sources, packed.names) == (whole.sources, whole.names)
    columns = {column, *(item[0] for one in lines for item in one)}
    for row in {line, *range(len(lines))}:
        for at in columns:
            assert packed.find(row, at) == whole.find(row, at)
            assert [*packed.between(row, at, at + 500)] == [*whole.between(row, at, at + 500)]


def test_long_lines_are_decoded_in_pieces() -> None:
    # a minified file has one line of megabytes
    line: list[Segment] = [(at, 0, at // 7, at % 7) for at in range(60_000)]
    text = encode_mappings([[], line, [(3,)]])
    assert decode_mappings(text) == [[], line, [(3,)]]
    data = json.dumps({"version": 3, "sources": ["a"], "mappings": text})
    packed = pack_source_map(data.encode())
    assert packed.find(1, 59_999) == (59_999, 0, 8571, 2)
    assert packed.find(2, 9) == (3,)


def test_columns_are_exact_where_a_source_stands_verbatim() -> None:
    text = "one two three\nfour five"
    parts = MapBuilder()
    # "two" is gone: what stands after it is two cut pieces
    parts.add(
        replace(
            identity_map(text, "a", (7,)), lines=[[(0, 0, 0, 0), (4, 0, 0, 7)], [(0, 0, 1, 0)]]
        ),
        line=0,
    )
    joined = parts.build()
    assert look_up(joined, 0, 6) == Place("a", 0, 9, None)
    minified = SourceMap(
        sources=("all",), contents=(None,), names=(), lines=[[(0, 0, 0, 5), (3, 0, 1, 5)]]
    )
    whole = compose_maps(minified, {"all": joined})
    assert [*whole.lines[0]] == [(0, 0, 0, 8), (3, 0, 1, 5)]
    inner = SourceMap(
        sources=("o",),
        contents=("",),
        names=(),
        lines=[[(0, 0, 5, 0), (8, 0, 6, 0)], [(5, 0, 7, 0)]],
    )
    spread = compose_maps(joined, {"a": inner})
    assert [[*one] for one in spread.lines] == [[(0, 0, 5, 0), (5, 0, 6, 0)], [(5, 0, 7, 0)]]


@pytest.mark.parametrize("place", [(10**12, 0), (-1, 0), (0, -1), ("1", 0), (0, 1e90), (1.0, 0)])
def test_a_section_beyond_any_text_is_refused(place: tuple[object, object]) -> None:
    inner = {"version": 3, "sources": [], "names": [], "mappings": "A"}
    offset = {"line": place[0], "column": place[1]}
    document = {"version": 3, "sections": [{"offset": offset, "map": inner}]}
    with pytest.raises(ValueError, match=r"section begins|TypeError"):
        parse_source_map(json.dumps(document))


def test_segments_out_of_order_are_shifted_as_sorted_ones() -> None:
    edits = [Edit(0, 2, "x")]
    assert shift_mappings("IAAA,FAAA", "abcdefgh", edits) == shift_mappings(
        "EAAA,EAAA", "abcdefgh", edits
    )


def test_a_column_before_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        decode_mappings("A,D")


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=5), max_size=5),
)
def test_composing_with_lines_that_stay_keeps_every_line(
    places: list[list[tuple[int, int]]],
) -> None:
    lines = [[(column, 0, line, 0) for column, line in sorted(dict(row).items())] for row in places]
    outer = SourceMap(sources=("mid",), contents=(None,), names=(), lines=lines)
    whole = compose_maps(outer, {"mid": identity_map("x\n" * 10, "first")})
    for number, row in enumerate(lines):
        for column, _, line, _ in row:
            assert look_up(whole, number, column) == Place("first", line, 0, None)


def test_a_line_of_megabytes_is_counted_once() -> None:
    """One character beyond ASCII makes columns be counted; from the line's start each, for minutes."""
    text = "😀" + "a{b:c}" * 100_000
    begins = range(1, len(text), 60)
    found = identity_map(text, "a.css", begins)
    assert found.lines == [[(0, 0, 0, 0), *((one + 1, 0, 0, one + 1) for one in begins)]]
    whole = encode_mappings(found.lines)
    edits = [Edit(one, one + 6, "x") for one in begins[1:]]
    last = (
        begins[-1] - 6 - 5 * len(edits[:-1])
    )  # its offset, were there nothing in place of the first
    for new, column in (("", last + 1), ("\n", last - 1)):
        shifted = decode_mappings(shift_mappings(whole, text, [Edit(1, 7, new), *edits]))
        assert shifted[-1][-1] == (column, 0, 0, begins[-1] + 1)
