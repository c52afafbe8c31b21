"""What holds for every list of packs, Procfile, ignore list and release."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assetbuild.buildpacks.listing import LIST_NAME, read_list
from assetbuild.buildpacks.procfile import RELEASE_COMMAND, add_release, parse_procfile
from assetbuild.buildpacks.release import Release, decide_release, parse_release, render_release
from assetbuild.buildpacks.slugignore import is_ignored, parse_patterns
from assetbuild.config.model import Config

NAMES = st.text("abc", min_size=1, max_size=4)
WORDS = st.text("abc_$%\u00e9 :#'\"", min_size=1, max_size=9).map(str.strip).filter(bool)
URLS = st.builds(
    "https://{}.example/{}{}".format, NAMES, NAMES, st.sampled_from([".git", "", ".tgz"])
)
ENTRIES = st.tuples(URLS, st.sampled_from(["", "#v1", "#main"])).filter(
    lambda one: not (one[0].endswith(".tgz") and one[1])
)
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
FILLING = st.sampled_from(["", "   ", "# https://no.example/x", "\t# only a comment"])


@given(st.lists(st.tuples(ENTRIES, FILLING, st.booleans()), min_size=1, max_size=5), NEWLINES)
def test_packs_are_read_however_the_list_is_laid_out(
    lines: list[tuple[tuple[str, str], str, bool]], newline: str
) -> None:
    rows = []
    for (url, revision), filling, has_comment in lines:
        rows += [filling, f"  {url}{revision}{' # why' if has_comment else ''} "]
    data = ("\ufeff" + newline.join(rows)).encode()
    found = read_list({LIST_NAME: data}, Config(project=Path("app")))
    wanted = [(url.rstrip("/"), revision[1:] or None) for (url, revision), _, _ in lines]
    assert [(one.url, one.revision) for one in found.refs] == wanted
    text_lines = newline.join(rows).split(newline)
    for ref in found.refs:
        assert text_lines[ref.origin.line - 1][ref.origin.column - 1 :].startswith(ref.url[:8])


@given(st.dictionaries(NAMES, WORDS, max_size=4), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_a_procfile_keeps_its_types_and_gets_a_release_once(
    types: dict[str, str], has_end: bool, newline: str
) -> None:
    text = newline.join(f"{name}: {command}" for name, command in types.items())
    text += newline if has_end and text else ""
    assert parse_procfile(text) == types
    added = add_release(text)
    assert added.text is not None
    assert parse_procfile(added.text) == {**types, "release": RELEASE_COMMAND}
    assert add_release(added.text).text is None


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES, max_size=2))
def test_a_plain_pattern_matches_by_place(path: list[str], above: list[str]) -> None:
    whole, name = "/".join([*above, *path]), path[-1]
    patterns, problems = parse_patterns([f"/{whole}", name + "/", "", "# no"], file="x")
    assert problems == ()
    anchored, folder = patterns
    assert is_ignored(whole, [anchored], is_folder=False)
    assert not is_ignored(f"x/{whole}", [anchored], is_folder=False)
    assert is_ignored(f"x/{whole}", [folder], is_folder=True)
    assert not is_ignored(f"x/{whole}", [folder], is_folder=False)


RELEASES = st.builds(
    Release,
    addons=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    process_types=st.dictionaries(NAMES, WORDS, max_size=3),
    config_vars=st.dictionaries(NAMES, WORDS, max_size=3),
)


@given(RELEASES)
def test_a_release_survives_its_yaml(one: Release) -> None:
    assert parse_release(render_release(one).encode(), pack="a") == one


@given(st.lists(RELEASES, max_size=4))
def test_merged_releases_hold_every_name_and_the_last_word(releases: list[Release]) -> None:
    named = [(f"pack{number}", one) for number, one in enumerate(releases)]
    merged = decide_release(named, "merge").release
    for one in releases:
        assert one.process_types.keys() <= merged.process_types.keys()
        assert set(one.addons) <= set(merged.addons)
    if releases:
        assert merged.process_types.items() >= releases[-1].process_types.items()
        assert decide_release(named, "last").release == releases[-1]
