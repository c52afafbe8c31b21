"""The preview: a page of what was built, alone in one file."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

from assetbuild.jobs.sprites import preview_sprites
from assetbuild.reporting import TextReporter
from tests.support.builds import ENV
from tests.support.pictures import make_png
from tests.support.tree import read_tree, write_tree

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8"/></svg>'


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def write_preview(tmp_path: Path, files: dict[str, str | bytes]) -> tuple[tuple[str, ...], str]:
    app = write_tree(tmp_path / "app", {"assetbuild.toml": "", **files})
    target = tmp_path / "page.html"
    env = {**ENV, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    reporter = TextReporter(io.StringIO(), env={})
    return preview_sprites(app, target, env=env, reporter=reporter), target.read_text()


def test_every_icon_is_shown_with_class_and_numbers_on_both_grounds(tmp_path: Path) -> None:
    names, text = write_preview(
        tmp_path,
        {
            **{f"assets/sprites/icons/i{n}.png": make_png(8, 8, seed=n) for n in range(3)},
            **{f"assets/sprites/icons@2x/i{n}.png": make_png(16, 16, seed=n) for n in range(3)},
            "assets/sprites/glyphs/up.svg": SVG,
            "assets/img/a.png": make_png(9, 9),
            "assets/css/a.css": "a{background:url(../img/a.png) /* sprite: marked */}",
        },
    )
    page = _Page(text)
    words = "\n".join(page.words)
    assert names == ("glyphs", "icons", "marked")
    for n in range(3):
        assert words.count(f".icons-i{n}\n") == 2  # at 1x and 2x
    assert "8 × 8 at 0, 10" in words
    assert "url(img/a.png)" in words
    assert '<use href="glyphs.svg#up">' in words
    for ground in ("light", "dark"):
        drawn = [one for _, one in page.tags if ground in (one.get("class") or "").split()]
        assert len(drawn) == 2 + 1 + 6 + 1 + 1  # three sheets; their pictures; the symbol
    assert not re.findall(r'(?:src|href)="(?!data:)', text.replace("&lt;use href", ""))


def test_a_name_is_never_markup(tmp_path: Path) -> None:
    _, text = write_preview(tmp_path, {"assets/sprites/icons/a<b>&.png": make_png(4, 4)})
    assert "a&lt;b&gt;&amp;" in text
    assert "<b>" not in text


def test_a_project_without_sprites_gets_a_page_that_says_so(tmp_path: Path) -> None:
    names, text = write_preview(tmp_path, {"assets/a.css": "a{color:red}"})
    assert names == ()
    assert "no sprites" in text


def test_a_second_page_is_the_same(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"assets/sprites/icons/a.png": make_png(4, 4)}
    _, first = write_preview(tmp_path, files)
    before = read_tree(tmp_path / "app/public")
    assert write_preview(tmp_path, files)[1] == first
    assert read_tree(tmp_path / "app/public") == before
