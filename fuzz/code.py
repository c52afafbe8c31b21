"""Targets: the app's own code and pictures, which are looked at and never run."""

from __future__ import annotations

from dataclasses import replace

from assetbuild.assets.images.make import PictureRequest, make_picture
from assetbuild.assets.images.settings import PictureSettings
from assetbuild.assets.sprites.backgrounds import infer_arrangements, place_backgrounds
from assetbuild.assets.sprites.blocks import find_blocks
from assetbuild.assets.sprites.marks import move_marks, split_mark
from assetbuild.assets.sprites.picture import decode_picture
from assetbuild.assets.sprites.positions import Place
from assetbuild.assets.syntax.css_references import find_css_references
from assetbuild.assets.usage.files import AppFile
from assetbuild.assets.usage.mention_finder import MentionFinder
from assetbuild.assets.usage.search import OutputSearch
from assetbuild.diagnostics import AssetbuildError
from assetbuild.doctor.django import judge_settings, read_settings
from assetbuild.doctor.nginx import NginxFacts, check_nginx
from fuzz.target import Target, as_text
from tests.support.pictures import draw, save

_FINDER = MentionFinder(["pic"], url_prefix="/static/")
_OUTPUTS = ("css/a.css", "js/a.js", "img/flag-de.png", "img/a b.png")
_SEARCH = OutputSearch(_OUTPUTS, prefixes=("/static/",))
_PICTURES = ("a.png", "a.jpg", "a.gif", "a.webp")
_WANTED = PictureSettings(
    lossless=True,
    strip=True,
    formats=(),
    widths=(),
    jpeg_quality=80,
    webp_quality=80,
    avif_quality=60,
    max_pixels=1_000_000,
)
_LOOKED_AT = replace(_WANTED, lossless=False, strip=False)


def check_usage(data: bytes) -> None:
    """Names in templates and code lie where they are said to; outputs that are found are ours."""
    text = as_text(data)
    kinds = (".html", ".erb", ".haml", ".slim", ".php", ".ex", ".py", ".ts", ".vue", ".svelte")
    for extension in kinds:
        for one in _FINDER.find(AppFile(display="a", path="a", extension=extension), text):
            assert 0 <= one.start <= len(text) and one.length >= 1
    for found in _SEARCH.find(text):
        assert found.logical in _OUTPUTS and 0 <= found.start < len(text)


def check_settings(data: bytes) -> None:
    """Settings modules of Django and configurations of nginx are judged, whatever they are."""
    text = as_text(data)
    settings = read_settings(text)
    if settings is not None:
        list(judge_settings(settings, prefix="/static/"))
    check_nginx(NginxFacts(versions=(("here", text[:200]),), configs=(("nginx.conf", text),)))


def check_marks(data: bytes) -> None:
    """Marks of sprites move into their URLs without moving anything else; edits lie in the text."""
    text = as_text(data)
    moved = move_marks(text, "a.css").text
    assert len(moved) == len(text) and moved.count("\n") == text.count("\n")
    for block in find_blocks(moved):
        at = 0
        for declaration in block:
            assert at <= declaration.start <= declaration.end <= declaration.stop <= len(moved)
            at = declaration.stop
    marks = {one.start: split_mark(one.url)[1] for one in find_css_references(moved)}
    marked = {at: one for at, one in marks.items() if one is not None}
    axes = infer_arrangements(moved, {at: one.axis for at, one in marked.items()})
    places = {
        at: Place(
            url="s.png",
            x=8,
            y=4,
            width=8,
            height=8,
            sheet_width=64,
            sheet_height=32,
            ratio=one.ratio,
            arrangement=axes[at],
            writes_size=one.writes_size,
        )
        for at, one in marked.items()
    }
    edits, _ = place_backgrounds(moved, places)
    at = 0
    for edit in edits:
        assert at <= edit.start <= edit.end <= len(moved)
        at = edit.end


def check_pictures(data: bytes) -> None:
    """Pictures are made smaller, or told to be damaged; an icon is decoded or refused.

    JPEGs are only looked at: a build makes them smaller in a process of its own, which libjpeg
    ends at some that are damaged.
    """
    for name in _PICTURES:
        wanted = _LOOKED_AT if name == "a.jpg" else _WANTED
        make_picture(PictureRequest(logical=name, display=name, data=data, settings=wanted))
        try:
            decode_picture(data, file=name)
        except AssetbuildError:
            continue


TARGETS = (
    Target(
        name="usage",
        check=check_usage,
        tests=(
            "tests/assets/usage/test_search.py",
            "tests/assets/usage/test_scripts.py",
            "tests/assets/usage/test_templates.py",
        ),
        files=("examples/**/*.html", "examples/**/*.py"),
        words=(
            *('{% static "css/a.css" %}', "{{", "}}", "{%", "%}", "<%=", "%>", "{#", "#}", "<?", "?>"),
            *("static(", "url_for('static', filename=", "f'img/flag-{", "\\", "image_tag ", "@vite(["),
        ),
    ),
    Target(
        name="settings",
        check=check_settings,
        tests=("tests/doctor/test_django.py", "tests/doctor/test_checks.py"),
        files=("examples/**/settings.py",),
        words=(
            *("STORAGES = {", '"staticfiles": {"BACKEND": "', "MIDDLEWARE = [", "STATIC_ROOT = ", "**"),
            *("INSTALLED_APPS += ", "(", "[", "not ", "proxy_pass http://a;", "nginx/1.2.3", "#"),
        ),
    ),
    Target(
        name="marks",
        check=check_marks,
        tests=("tests/assets/sprites/test_marks.py", "tests/assets/sprites/test_backgrounds.py"),
        words=(
            *("a{background:url(a.png) /* sprite: s */}", "// sprite: s; ratio=2", "; repeat-x", "; size"),
            *("#-sprite.s.2.x.s", "background-position: ", "no-repeat", "!important", "1px", "50%", "/"),
        ),
    ),
    Target(
        name="pictures",
        check=check_pictures,
        tests=(),
        files=("fixtures/**/*.png",),
        made=tuple(
            save(draw(5, 4, mode=mode), kind)
            for mode, kind in (("RGB", "JPEG"), ("L", "GIF"), ("RGBA", "WEBP"), ("RGBA", "PNG"))
        ),
        words=("IHDR", "IDAT", "IEND", "acTL", "\0\0\0\x01", "GIF89a", "RIFF", "WEBPVP8 ", "Exif\0\0"),
    ),
)  # fmt: skip
