"""Every form of a pack that was met in real lists."""

from __future__ import annotations

import pytest

from assetbuild.buildpacks.refs import BuildpackRef, read_configured, read_ref
from assetbuild.config.buildpacks import BuildpackConfig
from assetbuild.diagnostics import Diagnostic, Location

PLACE = Location(file=".buildpacks")
HOST = "https://github.com"


@pytest.mark.parametrize(
    ("written", "url", "revision", "kind", "folder"),
    [
        ("https://h/a/b", "https://h/a/b", None, "git", None),
        ("https://h/a/b/", "https://h/a/b", None, "git", None),
        ("https://h/a/b.git#v142", "https://h/a/b.git", "v142", "git", None),
        ("https://h/a/b.git#feature/x", "https://h/a/b.git", "feature/x", "git", None),
        ("https://h/a/b#1234abc", "https://h/a/b", "1234abc", "git", None),
        ("https://h/a/b#" + "a" * 40, "https://h/a/b", "a" * 40, "git", None),
        ("https://h/a/b#", "https://h/a/b", None, "git", None),
        ("git://h/a/b.git", "git://h/a/b.git", None, "git", None),
        ("git@host:a/b.git", "git@host:a/b.git", None, "git", None),
        ("git@host:a/b.git#main", "git@host:a/b.git", "main", "git", None),
        ("ssh://git@h:22/a/b.git", "ssh://git@h:22/a/b.git", None, "git", None),
        ("https://user:tok%23en@host/a/b", "https://user:tok%23en@host/a/b", None, "git", None),
        ("https://h/pack.tgz", "https://h/pack.tgz", None, "archive", None),
        ("https://h/pack.tgz?token=a=b", "https://h/pack.tgz?token=a=b", None, "archive", None),
        ("https://h/pack.tar.gz", "https://h/pack.tar.gz", None, "archive", None),
        ("https://h/pack.tar.xz", "https://h/pack.tar.xz", None, "archive", None),
        ("./packs/own.tar.bz2", "./packs/own.tar.bz2", None, "archive", None),
        ("https://h/pack.ZIP", "https://h/pack.ZIP", None, "archive", None),
        ("file:///srv/pack.git", "file:///srv/pack.git", None, "git", None),
        ("heroku/python", f"{HOST}/heroku/heroku-buildpack-python", None, "git", None),
        ("heroku/jvm", f"{HOST}/heroku/heroku-buildpack-jvm-common", None, "git", None),
        ("ns/name", f"{HOST}/ns/name", None, "git", None),
        ("ns/name#v1", f"{HOST}/ns/name", "v1", "git", None),
        ("./packs/own", "./packs/own", None, "path", None),
        ("./packs/own.tgz", "./packs/own.tgz", None, "archive", None),
        ("web=https://h/a/b#v1", "https://h/a/b", "v1", "git", "web"),
        (
            "apps/web=heroku/nodejs",
            f"{HOST}/heroku/heroku-buildpack-nodejs",
            None,
            "git",
            "apps/web",
        ),
        ("web=./pack", "./pack", None, "path", "web"),
    ],
)
def test_form_is_read(
    written: str, url: str, revision: str | None, kind: str, folder: str | None
) -> None:
    ref = read_ref(written, PLACE)
    assert isinstance(ref, BuildpackRef), ref
    assert (ref.url, ref.revision, ref.kind, ref.config.dir) == (url, revision, kind, folder)


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("python", "list/unknown-form", "heroku/python"),
        ("assetbuild", "list/unknown-form", "remove the line"),
        (
            "https://user:pw@example.com/o/n/tree/main",
            "list/unknown-form",
            "write https://***@example.com/o/n#main",
        ),
        ("https://example.com/o/n/-/tree/v1/", "list/unknown-form", "o/n#v1"),
        ("docker://image", "list/unknown-form", '"docker:" cannot be fetched'),
        ("urn:cnb:registry:heroku/python", "list/unknown-form", '"urn:"'),
        ("two words", "list/unknown-form", "owner/name"),
        ("https://h/pack.tgz#v1", "list/no-revision", "git URL"),
        ("./own#v1", "list/no-revision", "git URL"),
        ("https://h/a#--upload-pack=x", "list/bad-revision", ""),
        ("https://h/a#a:b", "list/bad-revision", ""),
        ("../up=https://h/a", "list/bad-dir", ".."),
        ("https://h/someone/assetbuild.git", "list/names-itself", "remove the line"),
        ("git@h:heroku/heroku-buildpack-multi.git", "list/names-itself", "remove the line"),
    ],
)
def test_odd_form_is_an_error_with_a_way_out(written: str, code: str, said: str) -> None:
    found = read_ref(written, PLACE)
    assert isinstance(found, Diagnostic), found
    assert found.code == code
    assert said in (found.hint or "")


def test_secrets_are_not_in_labels_or_errors() -> None:
    ref = read_ref("https://me:s3cret@h/a/b#v1", PLACE)
    assert isinstance(ref, BuildpackRef)
    assert ref.label == "https://***@h/a/b#v1"
    assert "s3cret" in ref.url
    archive = read_ref("https://me:s3cret@h/a.tgz?token=s3cret#v1", PLACE)
    assert isinstance(archive, Diagnostic)
    assert "s3cret" not in archive.message


def test_table_revision_beats_the_fragment() -> None:
    ref = read_configured(BuildpackConfig(url="heroku/python#v1", revision="v2"), PLACE)
    assert isinstance(ref, BuildpackRef)
    assert ref.revision == "v2"
