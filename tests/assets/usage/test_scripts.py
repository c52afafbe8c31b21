"""What JavaScript, TypeScript, Vue and Svelte name for sure, and what only looks so."""

from __future__ import annotations

import pytest

from assetbuild.assets.usage.files import AppFile
from assetbuild.assets.usage.mention_finder import MentionFinder

SCRIPTS = [
    ('img.src = assetPath("img/a.png");', ["img/a.png"]),
    ("asset_path('a.png', { host: x })", ["a.png"]),
    ("const u = assetUrl(`a b.svg#x`) + 1", ["a b.svg#x"]),
    ("own('logo'); x.y = own(/* why */ 'b')", ["logo", "b"]),
    ("<img src={assetURL('a.png')} alt=\"don't\" />; own('b')", ["a.png", "b"]),
    ("`${assetPath('a.png')}`", ["a.png"]),
    # nothing for sure
    ('assetPath("img/" + name)', []),
    ("assetPath(`img/${name}.png`)", []),
    ('assetPath("img/a.png" as string)', []),
    ('assetPath(cond ? "a.png" : "b.png")', []),
    ('assetPath("icons")', []),
    ('assetPath("icons/")', []),
    ('assetPath("")', []),
    ('x.assetPath("a.png"); x?.assetPath("b.png")', []),
    ('function assetPath("a.png") {}', []),
    ('// assetPath("a.png")\n/* assetPath("b.png") */', []),
    ("\"assetPath('a.png')\"; /assetPath('b.png')/; `assetPath('c.png')`", []),
    ('myAssetPath("a.png"); assetPaths("b.png")', []),
    ('assetPath("a.png', []),
]

COMPONENTS = [
    (".vue", '<template>\n<img src="./a.png" srcset="./b.png 1x, ../c.png 2x"><video poster="./p.jpg"/>\n</template>',
     ["./a.png", "./b.png", "../c.png", "./p.jpg"]),
    (".vue", '<template>\n<link href="/static/a.css"><a href="/static/b.pdf">x</a>\n</template>', ["a.css"]),
    (".vue", '<template>\n<svg><use xlink:href="./i.svg#x" /></svg>\n</template>', ["./i.svg#x"]),
    (".vue", '<template>\n<img :src="own(\'a\')" @click="b = own(\'c\')">{{ own("d") }}\n</template>', ["a", "c", "d"]),
    (".vue", '<script setup lang="ts">\nconst a: string = assetPath("a.png")\n</script>', ["a.png"]),
    (".svelte", '<script>let a = own("a")</script>\n<img src="/static/b.png" alt={own("c")}>{own("d")}', ["a", "b.png", "c", "d"]),
    (".svelte", '<svelte:head><link rel="stylesheet" href="/static/a.css"></svelte:head>', ["a.css"]),
    # nothing for sure
    (".vue", '<template>\n<img src="a.png"><img src="@/a.png"><img src="~x/a.png"><img src="/other/a.png">\n</template>', []),
    (".vue", '<template>\n<img :src="\'./a.png\'"><img src="{{ x }}/static/a.png"><audio src="./a.mp3"></audio>\n</template>', []),
    (".vue", '<template lang="pug">\nimg(src="./a.png")\n<img src="./b.png">\n</template>', []),
    (".vue", '<docs>\n<img src="./a.png">\n</docs>\n<template>\n<!-- <img src="./b.png"> -->\n<code>own("c")</code>\n</template>', []),
    (".vue", '<template>\n<img src="data:x"><img src="https://x/static/a.png"><img src="//x/static/a.png">', []),
    (".svelte", '<img src="./a.png"><img src="/static/{name}.png"><img {src}><style>a{b:own("c")}</style>', []),
    (".svelte", '{#if a < b}<!-- {own("c")} -->{/if}', []),
]  # fmt: skip


def names_of(text: str, extension: str) -> list[str]:
    finder = MentionFinder(["own"], url_prefix="/static/")
    found = finder.find(AppFile(display="a", path="a", extension=extension), text)
    for one in found:
        assert text[one.start : one.start + one.length] == one.name
        assert not one.is_computed
    return [one.name for one in found]


@pytest.mark.parametrize(("text", "names"), SCRIPTS)
def test_script_names(text: str, names: list[str]) -> None:
    assert names_of(text, ".ts") == names


@pytest.mark.parametrize(("extension", "text", "names"), COMPONENTS)
def test_component_names(extension: str, text: str, names: list[str]) -> None:
    assert names_of(text, extension) == names


def test_below_the_site_s_root_urls_are_anybodys() -> None:
    finder = MentionFinder(url_prefix="/")
    file = AppFile(display="a.svelte", path="a.svelte", extension=".svelte")
    assert finder.find(file, '<img src="/a.png">') == ()
