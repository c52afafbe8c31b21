"""The packer: nothing overlaps, limits hold, order is nothing, waste is small."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from assetbuild.assets.sprites.layout import Box, Layout, arrange


def check(layout: Layout, *, gap: int) -> None:
    for width, height in layout.sizes:
        assert width > 0 and height > 0
    for one in layout.placements:
        width, height = layout.sizes[one.sheet]
        assert one.x >= 0 and one.x + one.width <= width
        assert one.y >= 0 and one.y + one.height <= height
    for one, other in itertools.combinations(layout.placements, 2):
        assert (
            one.sheet != other.sheet
            or one.x + one.width + gap <= other.x
            or other.x + other.width + gap <= one.x
            or one.y + one.height + gap <= other.y
            or other.y + other.height + gap <= one.y
        ), (one, other)


SIZES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=40)


@given(sizes=SIZES, gap=st.integers(0, 4), seed=st.integers())
def test_boxes_never_overlap_and_order_is_nothing(
    sizes: list[tuple[int, int]], gap: int, seed: int
) -> None:
    boxes = [Box(f"b{index:02}", *size) for index, size in enumerate(sizes)]
    layout = arrange(boxes, gap=gap, max_width=120, max_height=90)
    check(layout, gap=gap)
    assert [one.name for one in layout.placements] == [box.name for box in boxes]
    assert all(width <= 120 and height <= 90 for width, height in layout.sizes)
    random.Random(seed).shuffle(boxes)
    assert arrange(boxes, gap=gap, max_width=120, max_height=90) == layout


def test_equal_icons_waste_less_than_two_percent_beyond_their_gaps() -> None:
    layout = arrange([Box(f"{index:04}", 16, 16) for index in range(1000)], gap=0)
    assert layout.waste < 0.02
    assert len(layout.sizes) == 1


def test_mixed_icons_waste_less_than_five_percent() -> None:
    source = random.Random(7)
    boxes = [Box(f"{i:04}", source.randint(8, 64), source.randint(8, 64)) for i in range(500)]
    layout = arrange(boxes, gap=0, max_width=4096)
    check(layout, gap=0)
    assert layout.waste < 0.05


def test_ten_thousand_icons_need_several_sheets() -> None:
    source = random.Random(1)
    boxes = [Box(f"{i:05}", 16, source.choice((16, 17, 24))) for i in range(10_000)]
    layout = arrange(boxes, gap=2, max_width=1024, max_height=1024)
    assert len(layout.placements) == 10_000
    assert len(layout.sizes) in range(4, 6)
    assert all(max(size) <= 1024 for size in layout.sizes)


def test_repeat_x_starts_at_the_left_and_tiles_exactly() -> None:
    layout = arrange([Box("a", 4, 30), Box("b", 6, 10)], arrangement="repeat-x", gap=2)
    assert layout.sizes == ((12, 42),)
    assert [(one.name, one.x, one.y) for one in layout.placements] == [("a", 0, 0), ("b", 0, 32)]


def test_lengths_without_a_short_common_multiple_go_to_sheets_of_their_own() -> None:
    boxes = [Box(f"b{n}", n, 5) for n in (97, 101, 103, 2, 194)]
    layout = arrange(boxes, arrangement="repeat-x", gap=2, max_width=400)
    assert sorted(layout.sizes) == [(101, 5), (103, 5), (194, 19)]
    for one in layout.placements:
        assert layout.sizes[one.sheet][0] % one.width == 0
    turned = [Box(one.name, one.height, one.width) for one in boxes]
    layout = arrange(turned, arrangement="repeat-y", gap=2, max_height=400)
    assert sorted(layout.sizes) == [(5, 101), (5, 103), (19, 194)]


def test_repeat_y_is_repeat_x_turned() -> None:
    layout = arrange([Box("a", 30, 4), Box("b", 10, 6)], arrangement="repeat-y", gap=2)
    assert layout.sizes == ((42, 12),)
    assert [(one.name, one.x, one.y) for one in layout.placements] == [("a", 0, 0), ("b", 32, 0)]


def test_nothing_is_no_sheet() -> None:
    assert arrange([]) == Layout(sizes=(), placements=())
