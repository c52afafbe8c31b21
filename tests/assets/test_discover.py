"""Discovery: roots, order, shadows, links and odd names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetbuild.assets.discover import DiscoverRules, Discovery, discover_sources
from assetbuild.assets.roots import find_roots
from assetbuild.config.assets import AssetsConfig
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic
from assetbuild.globs import compile_glob
from tests.support.tree import write_tree


def discover(project: Path, **settings: object) -> Discovery:
    config = Config(project=project, assets=AssetsConfig(**settings))  # type: ignore[arg-type]
    rules = DiscoverRules(
        project=str(project),
        output=str(project / config.assets.output),
        exclude=tuple(compile_glob(one) for one in config.assets.exclude),
        follows_links=config.assets.symlinks == "follow",
    )
    return discover_sources(find_roots(config).roots, rules)


def failing(project: Path, **settings: object) -> list[tuple[str, str]]:
    with pytest.raises(AssetbuildError) as caught:
        discover(project, **settings)
    return [(one.code, one.message) for one in caught.value.diagnostics]


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [one.code for one in diagnostics]


def test_usual_roots_are_found_and_the_first_wins(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": "1", "static/a.css": "2", "static/b.css": "3"})
    found = discover(tmp_path)
    assert {name: one.display for name, one in found.sources.items()} == {
        "a.css": "assets/a.css",
        "b.css": "static/b.css",
    }
    assert codes(found.diagnostics) == ["discover/shadowed"]
    assert found.diagnostics[0].location is not None
    assert found.diagnostics[0].location.file == "static/a.css"


def test_rails_subfolders_are_roots(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "app/assets/images/logo.png": "",
            "app/assets/stylesheets/app.scss": "",
            "app/assets/config/manifest.js": "",
            "vendor/assets/javascripts/x.js": "",
        },
    )
    assert list(discover(tmp_path).sources) == ["app.scss", "logo.png", "x.js"]


def test_static_folders_of_django_apps_are_roots(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "manage.py": "",
            "shop/__init__.py": "",
            "shop/static/shop/a.css": "",
            "apps/blog/apps.py": "",
            "apps/blog/static/blog/b.css": "",
            "venv/pyvenv.cfg": "",
            "venv/lib/x/__init__.py": "",
            "venv/lib/x/static/no.css": "",
            "docs/static/no.css": "",
        },
    )
    assert list(discover(tmp_path).sources) == ["blog/b.css", "shop/a.css"]


def test_without_roots_the_message_tells_where_it_looked(tmp_path: Path) -> None:
    assert failing(tmp_path) == [
        (
            "discover/no-roots",
            'there is no source folder here: looked for "assets/", "static/", "app/assets/", "src/assets/"',
        )
    ]


def test_missing_root_names_the_nearest_folder(tmp_path: Path) -> None:
    write_tree(tmp_path, {"frontend/a.css": ""})
    with pytest.raises(AssetbuildError) as caught:
        discover(tmp_path, roots=("frontent",))
    assert caught.value.diagnostics[0].hint == 'did you mean "frontend"?'


def test_output_folder_is_never_a_source(tmp_path: Path) -> None:
    write_tree(tmp_path, {"static/a.css": "", "static/build/a.1234.css": ""})
    assert list(discover(tmp_path, output="static/build").sources) == ["a.css"]
    assert failing(tmp_path, output="static")[0][0] == "discover/output-is-root"
    assert failing(tmp_path, roots=("static/build",), output="static")[0][0] == (
        "discover/output-is-root"
    )


def test_hidden_and_leftover_files_are_never_taken(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/.env": "SECRET=1",
            "assets/.git/config": "",
            "assets/.DS_Store": "",
            "assets/a.js~": "",
            "assets/#a.js#": "",
            "assets/node_modules/x/index.js": "",
            "assets/.well-known/security.txt": "",
            "assets/a.js": "",
        },
    )
    assert list(discover(tmp_path).sources) == [".well-known/security.txt", "a.js"]


def test_excludes_are_globs_of_logical_paths(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.psd": "", "assets/x/b.psd": "", "assets/a.js": ""})
    assert list(discover(tmp_path, exclude=("**/*.psd",)).sources) == ["a.js"]


def test_link_out_of_the_roots_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.js": "", "secret/key.pem": "k"})
    (tmp_path / "assets/leak.pem").symlink_to(tmp_path / "secret/key.pem")
    (tmp_path / "assets/folder").symlink_to(tmp_path / "secret")
    assert failing(tmp_path) == [
        ("discover/link-outside", 'the symlink leads to "secret", outside of the source roots'),
        (
            "discover/link-outside",
            'the symlink leads to "secret/key.pem", outside of the source roots',
        ),
    ]
    assert list(discover(tmp_path, symlinks="follow").sources) == [
        "a.js",
        "folder/key.pem",
        "leak.pem",
    ]


def test_links_within_the_roots_are_followed_and_loops_end(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/img/a.png": "", "static/b.png": ""})
    (tmp_path / "assets/img/again").symlink_to(tmp_path / "assets")
    (tmp_path / "assets/other.png").symlink_to(tmp_path / "static/b.png")
    assert list(discover(tmp_path).sources) == ["b.png", "img/a.png", "other.png"]


def test_dangling_link_is_told_and_left_out(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.js": ""})
    (tmp_path / "assets/gone.js").symlink_to("nowhere.js")
    found = discover(tmp_path)
    assert (list(found.sources), codes(found.diagnostics)) == (["a.js"], ["discover/dangling-link"])


def test_odd_names_are_names(tmp_path: Path) -> None:
    names = ["a b.png", "a#b.png", "a?b.png", "a%20b.png", "a'b\".png", "né.png", "a\nb.png"]
    write_tree(tmp_path, {f"assets/{one}": "" for one in names})
    assert sorted(discover(tmp_path).sources) == sorted(names)


def test_decomposed_name_is_composed_and_both_forms_clash(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/cafe\u0301.png": "1"})
    assert list(discover(tmp_path).sources) == ["caf\u00e9.png"]
    write_tree(tmp_path, {"assets/caf\u00e9.png": "2"})
    assert failing(tmp_path)[0][0] == "discover/same-name"


def test_names_that_differ_in_case_are_an_error_everywhere(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/img/Logo.png": "", "static/img/logo.png": ""})
    write_tree(tmp_path, {"assets/Js/x/a.js": "", "assets/js/y/b.js": ""})
    assert [message for _, message in failing(tmp_path)] == [
        '"js" and "Js" differ only in case: on macOS and Windows they are one',
        '"img/logo.png" and "img/Logo.png" differ only in case: on macOS and Windows they are one',
    ]


def test_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.js": ""})
    with open(os.fsencode(tmp_path) + b"/assets/\xff.js", "wb"):
        pass
    assert failing(tmp_path) == [
        ("discover/name-not-utf8", 'the name of "assets/\ufffd.js" is not UTF-8')
    ]


def test_a_copy_with_the_same_bytes_hides_nothing(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.css": "1", "static/a.css": "1"})
    assert codes(discover(tmp_path).diagnostics) == []


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({"asset/a.css": ""}, 'did you mean "asset"?'),
        ({"x/a.css": ""}, "make it: mkdir -p assets; or take it out of [assets] roots"),
        ({"manage.py": ""}, "python manage.py collectstatic --noinput"),
    ],
)
def test_a_missing_root_tells_what_to_do(
    tmp_path: Path, files: dict[str, str | bytes], hint: str
) -> None:
    write_tree(tmp_path, files)
    with pytest.raises(AssetbuildError) as caught:
        discover(tmp_path, roots=("assets",))
    assert hint in str(caught.value.diagnostics[0].hint)


def test_the_output_folder_is_no_source_by_whatever_path_a_root_leads_to_it(tmp_path: Path) -> None:
    write_tree(tmp_path / "app", {"assets/a.css": "", "assets/out/manifest.json": "{}"})
    (tmp_path / "link").symlink_to(tmp_path / "app")
    rules = DiscoverRules(project=str(tmp_path), output=str(tmp_path / "app/assets/out"))
    for folder in ("app", "link"):
        config = Config(project=tmp_path / folder, assets=AssetsConfig())
        found = discover_sources(find_roots(config).roots, rules)
        assert list(found.sources) == ["a.css"]
