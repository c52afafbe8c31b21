"""References in HTML, SVG and web app manifests, found and rewritten."""

from __future__ import annotations

import pytest

from assetbuild.assets.references import find_references, rewrite_references

HTML: dict[str, tuple[str, list[str], str]] = {
    "img": ('<img src="a.png">', ["a.png"], '<img src="N">'),
    "no quotes": ("<img src=a.png alt=x>", ["a.png"], '<img src="N" alt=x>'),
    "entity": ("<img src='a&amp;b.png'>", ["a&b.png"], "<img src='N'>"),
    "spaces around": ('<img src = " a.png "/>', ["a.png"], '<img src = "N"/>'),
    "srcset": (
        '<img srcset="a.png 1x, b.png 2x,c,d.png">',
        ["a.png", "b.png", "c,d.png"],
        '<img srcset="N 1x, N 2x,N">',
    ),
    "srcset with a data URI": (
        '<img srcset="data:image/png;base64,AA== 1x, b.png 2x">',
        ["b.png"],
        '<img srcset="data:image/png;base64,AA== 1x, N 2x">',
    ),
    "poster": (
        '<video poster=p.jpg src="v.mp4">',
        ["p.jpg", "v.mp4"],
        '<video poster="N" src="N">',
    ),
    "link": ('<link rel="stylesheet" href="a.css">', ["a.css"], '<link rel="stylesheet" href="N">'),
    "comment": (
        '<!-- <img src="a.png"> --><img src="b.png">',
        ["b.png"],
        '<!-- <img src="a.png"> --><img src="N">',
    ),
    "text of a script": (
        '<script>"<img src=a.png>"</script>',
        [],
        '<script>"<img src=a.png>"</script>',
    ),
    "module": (
        '<script type="module">import "./a.js"</script>',
        ["./a.js"],
        '<script type="module">import "N"</script>',
    ),
    "data block": (
        '<script type="text/x-template"><img src="a.png"></script>',
        [],
        '<script type="text/x-template"><img src="a.png"></script>',
    ),
    "style element": ("<style>a{b:url(a.png)}</style>", ["a.png"], "<style>a{b:url(N)}</style>"),
    "style attribute": ('<p style="b:url(a.png)">', ["a.png"], '<p style="b:url(N)">'),
    "fragment": ('<a href="#top">', [], '<a href="#top">'),
    "base": ('<base href="/x/"><img src="a.png">', [], '<base href="/x/"><img src="a.png">'),
    "angle bracket in a value": (
        '<img alt="a>b" src="a.png">',
        ["a.png"],
        '<img alt="a>b" src="N">',
    ),
    "repeated attribute": ('<img src="a.png" src="b.png">', ["a.png"], '<img src="N" src="b.png">'),
    "unclosed": ('<img src="a.png', [], '<img src="a.png'),
}


@pytest.mark.parametrize("name", HTML)
def test_html(name: str) -> None:
    text, urls, rewritten = HTML[name]
    found = find_references(text, "text/html")
    assert [one.url for one in found] == urls
    assert rewrite_references(text, [(one, "N") for one in found])[0] == rewritten


def test_links_to_pages_are_optional() -> None:
    found = find_references('<a href="x.html"><link rel=next href=y><img src=z>', "text/html")
    assert [(one.url, one.is_optional) for one in found] == [
        ("x.html", True),
        ("y", True),
        ("z", False),
    ]


def test_svg_names_other_files_in_hrefs_and_urls() -> None:
    text = (
        '<?xml version="1.0"?><?xml-stylesheet href="s.css"?>'
        '<!DOCTYPE svg [<!ENTITY a "url(x)">]><!-- <use href="c.svg"/> -->'
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="i.svg#n"/>'
        '<use href="#l"/><path fill="url(#g)" mask="url(m.svg#m)"/>'
        "<style><![CDATA[a{b:url(c.png)}]]></style><image href='data:image/png,x'/></svg>"
    )
    assert [one.url for one in find_references(text, "image/svg+xml")] == [
        "s.css",
        "i.svg#n",
        "m.svg#m",
        "c.png",
    ]


def test_webmanifest_names_its_images() -> None:
    text = (
        '{"name": "src", "start_url": "x", "icons": [{"src": "a\\/b.png", "sizes": "1x1"},'
        '{"src": "c.png"}], "shortcuts": [{"url": "u", "icons": [{"src": "d.png"}]}]}'
    )
    found = find_references(text, "application/manifest+json")
    assert [one.url for one in found] == ["a/b.png", "c.png", "d.png"]
    new, _ = rewrite_references(text, [(one, 'n"é') for one in found])
    assert new.count('"n\\"é"') == 3
