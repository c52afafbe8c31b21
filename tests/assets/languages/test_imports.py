"""The import search: names without the machine, exact spelling, every place looked at."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from assetbuild.assets.languages.imports import ImportLog, ImportSearch
from assetbuild.assets.model import AbsentDep, FileDep
from assetbuild.digests import sha256_hex
from tests.support.compiling import compile_file, errors_of, make_request
from tests.support.tree import write_tree


def make_search(project: Path) -> ImportSearch:
    return ImportSearch(
        project=str(project),
        roots=(str(project / "assets"),),
        node_modules=(str(project / "node_modules"), str(project.parent / "node_modules")),
    )


def test_display_and_locate_are_inverse(tmp_path: Path) -> None:
    project = tmp_path / "app"
    write_tree(tmp_path, {"app/assets/a.scss": "", "app/node_modules/x/i.scss": ""})
    write_tree(tmp_path, {"node_modules/y/i.scss": "", "shared/s.scss": ""})
    search = make_search(project)
    for path, name in [
        (project / "assets/a.scss", "assets/a.scss"),
        (project / "node_modules/x/i.scss", "pkg:x/i.scss"),
        (tmp_path / "node_modules/y/i.scss", "pkg:y/i.scss"),
        (tmp_path / "shared/s.scss", "../shared/s.scss"),
    ]:
        assert search.display(str(path)) == name
        assert search.locate(name) == str(path)
    assert search.locate("pkg:none/x") == str(project / "node_modules/none/x")


def test_case_must_match_on_every_system(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/Logo.scss": "", "assets/app.scss": '@import "logo";'})
    (only,) = errors_of(make_request(tmp_path, "app.scss"))
    assert 'cannot find "logo" to import' in only
    assert 'did you mean "Logo"?' in only


def test_names_match_in_either_unicode_form(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    write_tree(
        tmp_path,
        {f"assets/_{apart}.scss": ".a{b:c}", "assets/app.scss": f'@import "{composed}";'},
    )
    assert b".a" in compile_file(make_request(tmp_path, "app.scss")).content


def test_deps_are_sorted_unique_and_without_what_was_found(tmp_path: Path) -> None:
    write_tree(tmp_path, {"assets/a.scss": "x"})
    log = ImportLog(make_search(tmp_path))
    assert log.find(str(tmp_path / "assets/b.scss")) is None
    assert log.find(str(tmp_path / "assets/b.scss")) is None
    assert log.find(str(tmp_path / "none/b.scss")) is None
    found = log.find(str(tmp_path / "assets/a.scss"))
    assert found is not None
    log.read(found)
    assert log.deps() == (
        FileDep("assets/a.scss", sha256_hex(b"x")),
        AbsentDep("assets/b.scss"),
        AbsentDep("none/b.scss"),
    )


def test_node_modules_may_be_written_out(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/css/a.scss": '@import "node_modules/kit/x", "node_modules/@own/kit/x";',
            "node_modules/kit/_x.scss": ".a{b:c}",
            "node_modules/@own/kit/_x.scss": ".b{b:c}",
            "assets/css/b.scss": '@import "node_modules/gone/x";',
            "package.json": '{"dependencies": {"gone": "1"}}',
        },
    )
    css = compile_file(make_request(tmp_path, "css/a.scss")).content
    assert css == b".a {\n  b: c;\n}\n\n.b {\n  b: c;\n}\n"
    (only,) = errors_of(make_request(tmp_path, "css/b.scss"))
    assert only.endswith(
        'hint: package.json lists "gone", and it is not in node_modules: run npm install'
    )
