"""Symbols: kept apart, drawn alike, and nothing that can act or fetch."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from assetbuild.assets.sprites.svg import SvgIcon, join_symbols
from assetbuild.diagnostics import AssetbuildError

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def join(**icons: str) -> str:
    return join_symbols(
        {
            name: SvgIcon(name=name, file=f"{name}.svg", data=text.encode())
            for name, text in icons.items()
        }
    )


def refuse(text: str) -> str:
    with pytest.raises(AssetbuildError) as caught:
        join(a=text)
    (told,) = caught.value.diagnostics
    return told.code


def test_view_box_is_kept_or_made_of_the_size() -> None:
    text = join(
        a=HEAD + 'viewBox="0,0, 24 24"><path d="M0 0"/></svg>',
        b=HEAD + 'width="16px" height="8"><path d="M0 0"/></svg>',
    )
    assert text == (
        '<svg xmlns="http://www.w3.org/2000/svg">\n'
        '<symbol viewBox="0 0 24 24" id="a"><path d="M0 0"/></symbol>\n'
        '<symbol viewBox="0 0 16 8" id="b"><path d="M0 0"/></symbol>\n'
        "</svg>\n"
    )


def test_ids_are_kept_apart_and_every_reference_follows() -> None:
    icon = (
        HEAD
        + 'viewBox="0 0 8 8"><defs><linearGradient id="g"/><path id="p" d="M0 0"/></defs>'
        + '<rect fill="url(#g)" style="stroke:url(\'#g\')"/><use xlink:href="#p"/><use href="#p"/>'
        + '<animate begin="p.click"/></svg>'
    )
    text = join(a=icon, b=icon)
    for name in "ab":
        assert f'id="{name}--g"' in text
        assert f'fill="url(#{name}--g)"' in text
        assert f"stroke:url(#{name}--g)" in text
        assert text.count(f'href="#{name}--p"') == 2
        assert f'begin="{name}--p.click"' in text
    assert "xlink" not in text
    ids = [one.get("id") for one in ET.fromstring(text).iter() if one.get("id")]
    assert len(ids) == len(set(ids)) == 6


def test_style_rules_stay_with_their_symbol() -> None:
    icon = HEAD + '><style>.cls-1, #x > path {fill:red}</style><path id="x" class="cls-1"/></svg>'
    text = join(a=icon)
    assert "#a .cls-1,#a #a--x &gt; path{fill:red}" in text


def test_editors_data_is_removed_and_presentation_kept() -> None:
    text = join(
        a='<?xml version="1.0" encoding="UTF-8"?><!-- x --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        + HEAD
        + 'xmlns:ink="http://inkscape" fill="none" ink:v="1"><metadata>m</metadata><title>t</title>\n'
        + '  <ink:x/><g ink:label="l"><!-- c --><text>a <tspan>b</tspan> c</text></g></svg>'
    )
    assert '<symbol fill="none" id="a"><g><text>a <tspan>b</tspan> c</text></g></symbol>' in text


LAUGHS = (
    '<!DOCTYPE svg [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    + "]>"
)
HOSTILE = {
    "billion laughs": LAUGHS + HEAD + "><text>&j;</text></svg>",
    "external entity": '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + HEAD + "/>",
    "external subset": '<!DOCTYPE svg SYSTEM "http://example.com/x.dtd">' + HEAD + "/>",
    "script": HEAD + "><script>alert(1)</script></svg>",
    "handler": HEAD + 'onload="alert(1)"/>',
    "javascript link": HEAD + '><a href="java&#10;script:alert(1)"/></svg>',
    "foreign object": HEAD + "><foreignObject/></svg>",
    "outside image": HEAD + '><image href="https://example.com/x.png"/></svg>',
    "outside style": HEAD + "><style>@import 'x.css';</style></svg>",
    "outside fill": HEAD + '><rect fill="url(https://example.com/#a)"/></svg>',
    "animated href": HEAD + '><a><animate attributeName="href" to="javascript:x"/></a></svg>',
}


@pytest.mark.parametrize("situation", HOSTILE)
def test_hostile_svg_is_refused(situation: str) -> None:
    assert refuse(HOSTILE[situation]) == "sprite/unsafe-svg"


def test_what_is_no_svg_is_refused() -> None:
    assert refuse("<html/>") == "picture/wrong-type"
    assert refuse("<svg") == "picture/damaged"
    assert refuse("") == "picture/damaged"


def test_all_files_problems_are_told_at_once() -> None:
    with pytest.raises(AssetbuildError) as caught:
        join(a="<svg", b=HOSTILE["script"])
    assert [one.code for one in caught.value.diagnostics] == [
        "picture/damaged",
        "sprite/unsafe-svg",
    ]
