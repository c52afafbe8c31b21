"""The picture of the layers in docs/explanation/: drawn from the imports themselves, so it is true.

Run by ``make reference``. In: the package's imports. Out: an SVG text, the same each time.
"""

from __future__ import annotations

from html import escape

from tests.test_architecture import LAYERS, MODULES, module_name, own_imports, room_of

_FLOORS = (
    ("the command line", ("cli",)),
    ("effects in order; frameworks", ("jobs", "integrations")),
    ("concerns: they decide", ("buildpacks", "assets", "publish", "serve", "doctor")),
    ("ports: every effect", ("config", "files", "process", "reporting")),
    ("leaves: values, standard library only", ("diagnostics", "paths", "media", "environ", "…")),
)
_WIDTH, _ROW, _BOX_HEIGHT, _LEFT = 860, 104, 44, 40


def find_arrows() -> set[tuple[str, str]]:
    """Return which room imports which, leaves and ports left out: everything imports those."""
    arrows = set()
    for path in MODULES:
        room = room_of(module_name(path))
        for target in own_imports(path):
            other = room_of(target)
            if other != room and LAYERS.get(room, 0) >= 2 and LAYERS.get(other, 0) >= 2:
                arrows.add((room, other))
    return {
        one for one in arrows if one[0] not in {"__main__", "bootstrap", "pip_install", "start"}
    }


def render_layers() -> str:
    """Return the SVG: a row a layer, a box a room, an arrow where one room imports another."""
    places: dict[str, tuple[float, float, float]] = {}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_ROW * len(_FLOORS) + 20}"'
        ' font-family="sans-serif" font-size="14">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#567"/></marker></defs>',
        f'<rect width="{_WIDTH}" height="{_ROW * len(_FLOORS) + 20}" fill="#fff"/>',
    ]
    boxes = []
    for row, (title, rooms) in enumerate(_FLOORS):
        top = row * _ROW + 12
        boxes.append(f'<text x="{_LEFT}" y="{top + 12}" fill="#567">{escape(title)}</text>')
        width = (_WIDTH - 2 * _LEFT - 16 * (len(rooms) - 1)) / len(rooms)
        for at, room in enumerate(rooms):
            left = _LEFT + at * (width + 16)
            places[room] = (left, top + 20, width)
            boxes.append(
                f'<rect x="{left:g}" y="{top + 20}" width="{width:g}" height="{_BOX_HEIGHT}" rx="6"'
                ' fill="#eef3f8" stroke="#567"/>'
                f'<text x="{left + width / 2:g}" y="{top + 47}" text-anchor="middle">{escape(room)}</text>'
            )
    arrows = []
    for source, target in sorted(find_arrows()):
        if source not in places or target not in places:
            continue
        (x1, y1, w1), (x2, y2, w2) = places[source], places[target]
        if y1 == y2:  # within a row: between the sides that face each other
            start, end = (x1, x2 + w2) if x1 > x2 else (x1 + w1, x2)
            middle, lift = (start + end) / 2, y1 + _BOX_HEIGHT + abs(start - end) / 12 + 12
            arrows.append(
                f'<path d="M{x1 + w1 / 2:g} {y1 + _BOX_HEIGHT}Q{middle:g} {lift:g} {x2 + w2 / 2:g}'
                f' {y2 + _BOX_HEIGHT}" fill="none" stroke="#567" marker-end="url(#head)"/>'
            )
        else:
            arrows.append(
                f'<path d="M{x1 + w1 / 2:g} {y1 + _BOX_HEIGHT}L{x2 + w2 / 2:g} {y2}" stroke="#567"'
                ' marker-end="url(#head)"/>'
            )
    return "\n".join([*parts, *arrows, *boxes, "</svg>", ""])
