"""What a text says of which outputs."""

from __future__ import annotations

import pytest

from assetbuild.assets.usage.search import OutputSearch

OUTPUTS = (
    *("css/app.css", "js/app.js", "js/lib/util.js", "img/logo.png", "img/flag-de.png"),
    *("img/flag-fr.png", "other/logo.png", "img/a b.png", "LICENSE"),
)
SEARCH = OutputSearch(OUTPUTS, prefixes=("/static/",))


def find(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in SEARCH.find(text):
        if found.get(one.logical) != "named":
            found[one.logical] = one.certainty
    return found


FLAGS = {"img/flag-de.png": "maybe", "img/flag-fr.png": "maybe"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"/static/img/logo.png"', {"img/logo.png": "named"}),
        ("url(https://cdn.example.com/x/img/logo.png?v=1)", {"img/logo.png": "named"}),
        ("see img/logo.png.", {"img/logo.png": "named"}),
        ('"logo.png"', {"img/logo.png": "maybe", "other/logo.png": "maybe"}),
        ("the LICENSE of it", {}),
        ('"img/a b.png"', {"img/a b.png": "named"}),
        ('require("./js/lib/util")', {"js/lib/util.js": "named"}),
        ("myimg/logo.pngx", {}),
        ('"img/flag-" + code + ".png"', FLAGS),
        ("`/static/img/flag-${code}.png`", FLAGS),
        ("f'img/flag-{code}.png'", FLAGS),
        ('"img/flag-%s.png" % code', FLAGS),
        ('src="/static/img/flag-{{ code|default:"x" }}.png"', FLAGS),
        ('<%= image_tag "img/flag-#{code}.png" %>', FLAGS),
        ('{% static "img/flag-"|add:code %}', FLAGS),
        ('"/static/" + name', {}),
        ("{{ anything }}.png", {}),
        ('"css/" + theme + ".css"', {"css/app.css": "maybe"}),
    ],
)
def test_text_names_outputs(text: str, expected: dict[str, str]) -> None:
    assert find(text) == expected


@pytest.mark.parametrize(
    "text", ["a" * 300_000, "a/" * 150_000, "{{" * 50_000, "a{" * 50_000, '"' * 100_000]
)
def test_long_text_is_read_in_one_pass(text: str) -> None:
    # a quadratic search takes minutes
    assert find(text) == {}
