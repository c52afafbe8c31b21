"""What a cached result depends on: each part, changed alone, makes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.assets.build import pipeline, prepare
from assetbuild.assets.languages.registry import LANGUAGES
from assetbuild.assets.result import BuildResult
from tests.support.builds import build, output_of

FILES: dict[str, str | bytes] = {
    "assets/app.scss": '@import "part";\n.a { width: (10px / 3) }\n',
    "assets/_part.scss": ".p { color: red }\n",
}


def build_beside(
    folder: Path, files: dict[str, str | bytes], config: str = "[assets]\n"
) -> BuildResult:
    """Build in a folder that has no memory of its own, with the cache of its neighbours."""
    given = {**files, "assetbuild.toml": config}
    return build(folder, given, cache_dir=folder.parent / "cache")


def test_the_same_source_is_compiled_once(tmp_path: Path) -> None:
    build_beside(tmp_path / "one", FILES)
    assert build_beside(tmp_path / "two", FILES).stats.compiled == 0


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (type(LANGUAGES["scss"]), "revision", 99),
        (prepare, "FINISH_REVISION", 99),
        (prepare, "MINIFY_REVISION", 99),
        # as another libsass would make it
        (pipeline, "toolchain_versions", lambda: "libsass 99"),
    ],
)
def test_another_assetbuild_or_compiler_takes_nothing_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, value: object
) -> None:
    build_beside(tmp_path / "one", FILES)
    monkeypatch.setattr(owner, name, value)
    assert build_beside(tmp_path / "two", FILES).stats.compiled == 1
    assert build_beside(tmp_path / "three", FILES).stats.compiled == 0


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("[assets]\nminify = false\n", b"  width:"),
        ("[language.scss]\nprecision = 2\n", b"width:3.33px"),
        ("[assets]\nsource-maps = false\n", b"width:3.3333333333px"),
    ],
)
def test_other_settings_make_another_result(tmp_path: Path, config: str, expected: bytes) -> None:
    build_beside(tmp_path / "one", FILES)
    result = build_beside(tmp_path / "two", FILES, config)
    assert expected in output_of(result, "app.css")
    assert result.stats.compiled == 1
    assert ("app.css.map" in result.manifest.entries) == ("source-maps" not in config)


def test_the_same_text_beside_other_partials_is_another_source(tmp_path: Path) -> None:
    partials: dict[str, str | bytes] = {
        f"assets/{folder}/_part.scss": f".{folder} {{ color: red }}\n" for folder in ("one", "two")
    }
    for folder in ("one", "two"):
        files = {**partials, f"assets/{folder}/app.scss": '@import "part";\n'}
        result = build_beside(tmp_path / folder, files)
        assert output_of(result, f"{folder}/app.css").startswith(f".{folder}{{".encode())


def test_other_load_paths_find_other_partials(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "assets/app.scss": '@import "part";\n',
        "x/_part.scss": ".x { color: red }\n",
        "y/_part.scss": ".y { color: red }\n",
    }
    for folder in ("x", "y"):
        result = build_beside(tmp_path / folder, files, f'[assets]\nload-paths = ["{folder}"]\n')
        assert output_of(result, "app.css").startswith(f".{folder}{{".encode())


def test_another_compiler_of_the_apps_own_compiles_anew(tmp_path: Path) -> None:
    compiled = []
    for folder, version in (("one", "2.1.0"), ("two", "2.1.0"), ("three", "2.2.0")):
        # a compiler as small as one can be
        compiler = (
            f"exports.compile = () => ({{ js: \"made_by('{version}');\", v3SourceMap: "
            '\'{"version":3,"sources":["a"],"mappings":"AAAA"}\' });'
        )
        result = build_beside(
            tmp_path / folder,
            {
                "assets/a.coffee": "made_by 1\n",
                "node_modules/coffeescript/package.json": f'{{"version": "{version}"}}',
                "node_modules/coffeescript/lib/coffeescript/coffeescript.js": compiler,
            },
            '[assets]\nengine = "dukpy"\n',
        )
        assert version.encode() in output_of(result, "a.js")
        compiled.append(result.stats.compiled)
    assert compiled == [1, 0, 1]
