"""The list of packs: every place that may carry it, and which one wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assetbuild.buildpacks.listing import read_list
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError
from tests.support.tree import write_tree

APP_JSON = json.dumps({"buildpacks": [{"url": "https://h/json"}]}).encode()
PROJECT = b'[[io.buildpacks.group]]\nuri = "https://h/project"\n'


def urls(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [one.label for one in read_list({".buildpacks": data}, Config()).refs]


@pytest.mark.parametrize(
    "text",
    [
        "https://h/a\nhttps://h/b\n",
        "https://h/a\nhttps://h/b",
        "https://h/a\r\nhttps://h/b\r\n",
        "\ufeffhttps://h/a\n\n   \nhttps://h/b\n",
        "# the list\nhttps://h/a # node\n  https://h/b\t#python\n#end",
        "\thttps://h/a  \rhttps://h/b\r",
    ],
    ids=["plain", "no-final-newline", "crlf", "bom-and-blank", "comments", "old-mac"],
)
def test_odd_whitespace_and_comments_make_no_difference(text: str) -> None:
    assert urls(text) == ["https://h/a", "https://h/b"]


def test_hash_after_the_url_is_a_revision_and_after_a_space_a_comment() -> None:
    assert urls("https://h/a#v142 # pinned") == ["https://h/a#v142"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "\ufeff\r\n"])
def test_empty_list_names_no_pack(text: str) -> None:
    found = read_list({".buildpacks": text.encode()}, Config())
    assert (found.refs, found.source) == ((), None)


def test_first_place_that_names_a_pack_wins_whole(tmp_path: Path) -> None:
    files = {".buildpacks": b"https://h/list", "project.toml": PROJECT, "app.json": APP_JSON}
    write_tree(tmp_path, {"assetbuild.toml": '[[buildpack]]\nurl = "https://h/toml"\n'})
    order = []
    config = load_config(tmp_path)
    for gone in ("config", ".buildpacks", "project.toml", "app.json"):
        found = read_list(files, config)
        order.append((found.source, [one.label for one in found.refs]))
        if gone == "config":
            config = Config()
        else:
            del files[gone]
    assert order == [
        ("[[buildpack]] in assetbuild.toml", ["https://h/toml"]),
        (".buildpacks", ["https://h/list"]),
        ("project.toml", ["https://h/project"]),
        ("app.json", ["https://h/json"]),
    ]


def test_explain_counts_the_lists_that_lost() -> None:
    files = {".buildpacks": b"https://h/list", "project.toml": b"not toml", "app.json": APP_JSON}
    assert read_list(files, Config()).looked == (
        ("[[buildpack]] in assetbuild.toml", 0),
        (".buildpacks", 1),
        ("project.toml", 0),
        ("app.json", 1),
    )


def test_origin_is_the_place_in_the_file(tmp_path: Path) -> None:
    found = read_list({".buildpacks": b"# x\n  heroku/python\n"}, Config())
    origin = found.refs[0].origin
    assert (origin.file, origin.line, origin.column) == (".buildpacks", 2, 3)
    write_tree(tmp_path, {"assetbuild.toml": '\n[[buildpack]]\nurl = "heroku/python"\n'})
    origin = read_list({}, load_config(tmp_path)).refs[0].origin
    assert (origin.file, origin.line) == ("assetbuild.toml", 3)
    found = read_list({"app.json": b'{\n "buildpacks": [\n {"url": "heroku/ruby"}]}'}, Config())
    assert found.refs[0].origin.line == 3


def test_all_errors_of_the_list_come_together() -> None:
    with pytest.raises(AssetbuildError) as failure:
        urls("python\nhttps://h/ok\nhttps://h/x.tgz#v1\n")
    assert [
        (one.code, one.location and one.location.line) for one in failure.value.diagnostics
    ] == [
        ("list/unknown-form", 1),
        ("list/no-revision", 3),
    ]


def test_line_with_a_secret_is_shown_without_it() -> None:
    with pytest.raises(AssetbuildError) as failure:
        urls("https://me:s3cret@h/x.tgz#v1\n")
    assert "s3cret" not in repr(failure.value.diagnostics)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("app.json", '{"buildpacks": [{"url": "https://me:s3cret@h/x.tgz#v1"}]}'),
        ("project.toml", '[[io.buildpacks.group]]\nuri = "https://me:s3cret@h/x.tgz#v1"\n'),
    ],
)
def test_platforms_file_with_a_secret_is_shown_without_it(file: str, text: str) -> None:
    with pytest.raises(AssetbuildError) as failure:
        read_list({file: text.encode()}, Config())
    (found,) = failure.value.diagnostics
    assert found.location is not None and found.location.line_text is not None
    assert "h/x.tgz" in found.location.line_text
    assert "s3cret" not in repr(found)


def test_the_chainer_is_left_out_of_the_platforms_files_and_refused_in_ours() -> None:
    own = b'{"buildpacks": [{"url": "https://h/me/assetbuild"}, {"url": "heroku/python"}]}'
    found = read_list({"app.json": own}, Config())
    assert [one.url.rpartition("/")[2] for one in found.refs] == ["heroku-buildpack-python"]
    assert [one.line for one in found.left_out] == [1]
    with pytest.raises(AssetbuildError, match="list/names-itself"):
        urls("https://h/me/assetbuild\n")


def test_project_toml_carries_ids_versions_and_the_older_table() -> None:
    text = b'[[io.buildpacks.group]]\nid = "heroku/python"\nversion = "v2"\n'
    assert [one.revision for one in read_list({"project.toml": text}, Config()).refs] == ["v2"]
    older = b'[[build.buildpacks]]\nuri = "https://h/old"\n'
    assert len(read_list({"project.toml": older}, Config()).refs) == 1


@pytest.mark.parametrize(
    ("file", "data", "code"),
    [
        ("app.json", b"{", "list/syntax"),
        ("app.json", b'{"buildpacks": [{"name": "x"}]}', "list/wrong-entry"),
        ("project.toml", b"=", "list/syntax"),
        ("project.toml", b"[[io.buildpacks.group]]\n[io.x]\n", "list/wrong-entry"),
        ("project.toml", b"[build]\nbuildpacks = 'heroku/python'\n", "list/wrong-entry"),
        (".buildpacks", b"\xff\xfe", "list/not-utf8"),
    ],
)
def test_file_that_cannot_be_read_is_named(file: str, data: bytes, code: str) -> None:
    with pytest.raises(AssetbuildError) as failure:
        read_list({file: data}, Config())
    assert [one.code for one in failure.value.diagnostics] == [code]
    assert file in failure.value.diagnostics[0].message


def test_app_json_without_packs_names_none() -> None:
    assert read_list({"app.json": b'{"name": "x"}'}, Config()).refs == ()
    assert read_list({"app.json": b"[]"}, Config()).refs == ()


@pytest.mark.parametrize(
    "text", ["io = 1\n", "build = []\n", "[io]\nbuildpacks = 'x'\n", "[build]\nother = 1\n"]
)
def test_project_toml_without_a_list_names_no_pack(text: str) -> None:
    assert read_list({"project.toml": text.encode()}, Config()).refs == ()
