"""Where references lead, and what is said when they lead nowhere."""

from __future__ import annotations

import pytest

from assetbuild.assets.references import find_references
from assetbuild.assets.resolve import (
    External,
    Resolved,
    Unresolved,
    describe_unresolved,
    index_names,
    resolve_reference,
)
from assetbuild.assets.syntax.reference import Reference
from assetbuild.assets.urls import is_local, locate_url, relative_url
from assetbuild.diagnostics import Location, locate_offset, render_diagnostic
from assetbuild.paths import LogicalPath as P

NAMES = index_names(
    [
        P("css/app.css"),
        P("img/logo.png"),
        P("img/a b#?.png"),
        P("img/é.png"),
        P("img/100%.png"),
        P("img/%FF.png"),
        P("vendor/fonts/x.woff2"),
        P("js/util.js"),
        P("js/lib/index.js"),
    ],
    aliases={P("css/app.scss"): P("css/app.css")},
    url_prefix="/assets/",
)


def resolve(url: str, *, owner: str = "css/app.css", kind: str = "url", **more: object) -> object:
    optional = bool(more.pop("optional", False))
    reference = Reference(0, 1, url, kind, "css-url", optional)  # type: ignore[arg-type]
    return resolve_reference(reference, P(owner), NAMES, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "target", "suffix"),
    [
        ("../img/logo.png", "img/logo.png", ""),
        ("../img/logo.png?v=1#x", "img/logo.png", "?v=1#x"),
        ("./../img/./logo.png", "img/logo.png", ""),
        ("../img/a%20b%23%3F.png", "img/a b#?.png", ""),
        ("../img/%C3%A9.png", "img/é.png", ""),
        ("../img/e\u0301.png", "img/é.png", ""),
        ("../img/100%25.png", "img/100%.png", ""),
        ("../img/100%.png", "img/100%.png", ""),
        ("asset:img/logo.png", "img/logo.png", ""),
        ("asset:/img/logo.png#x", "img/logo.png", "#x"),
        ("/assets/img/logo.png", "img/logo.png", ""),
        ("app.scss", "css/app.css", ""),
        ("../img/%FF.png", "img/%FF.png", ""),  # no UTF-8: it stays as it is written
    ],
)
def test_a_local_url_finds_its_output(url: str, target: str, suffix: str) -> None:
    assert resolve(url) == Resolved(P(target), suffix)


@pytest.mark.parametrize(
    "url",
    ["https://h/x.png", "//h/x.png", "#id", "?q", "about:blank", "/elsewhere/x.png", "{{ x }}.png"],
)
def test_other_urls_are_external(url: str) -> None:
    assert resolve(url) == External()


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("a.png", True),
        (" ../a.png ", True),
        ("/a.png", True),
        ("asset:a", True),
        ("asset:", False),
        ("//host/a.png", False),
        ("data:,x", False),
        ("C:/a.png", False),
        ("1:/a.png", True),
        ("#a", False),
        ("?a", False),
        (" ", False),
        ("${x}.png", False),
    ],
)
def test_what_can_name_a_file_of_the_build(url: str, is_ours: bool) -> None:
    assert is_local(url) is is_ours


@pytest.mark.parametrize(
    ("target", "owner", "url"),
    [
        ("a b#?.png", "x.css", "a%20b%23%3F.png"),
        ("é.png", "x.css", "%C3%A9.png"),
        ("a:b.png", "x.css", "./a:b.png"),
        ("img/a:b.png", "css/x.css", "../img/a:b.png"),
    ],
)
def test_a_written_url_is_read_as_the_file(target: str, owner: str, url: str) -> None:
    assert relative_url(target, owner) == url
    folder = owner.rpartition("/")[0]
    assert locate_url(url, folder) == (target, "")


def test_below_the_root_an_absolute_url_may_be_a_page_of_the_app() -> None:
    names = index_names([P("a.png")], url_prefix="/")
    for url, found in (("/a.png", Resolved(P("a.png"), "")), ("/about", External())):
        reference = Reference(0, 1, url, "attribute", "attribute")
        assert resolve_reference(reference, P("index.html"), names) == found
    reference = Reference(0, 1, "about", "attribute", "attribute")
    assert isinstance(resolve_reference(reference, P("index.html"), names), Unresolved)


def test_the_partials_folder_is_looked_in_after_the_outputs_own() -> None:
    assert resolve("fonts/x.woff2", origin_folders=("vendor",)) == Resolved(
        P("vendor/fonts/x.woff2"), ""
    )


def test_module_names_are_packages_and_paths_may_lack_their_ending() -> None:
    assert resolve("react", owner="js/a.js", kind="module") == External()
    assert resolve("./util", owner="js/a.js", kind="module") == Resolved(P("js/util.js"), "")
    assert resolve("./lib", owner="js/a.js", kind="module") == Resolved(P("js/lib/index.js"), "")
    assert resolve("util.js", owner="js/a.js", kind="new-url") == Resolved(P("js/util.js"), "")


def test_a_difference_of_case_is_no_match() -> None:
    assert resolve("../IMG/logo.png") == Unresolved(P("IMG/logo.png"), P("img/logo.png"), True)


def test_an_optional_reference_may_lead_nowhere() -> None:
    assert resolve("page.html", optional=True) == External()


def test_the_message_names_the_nearest_file() -> None:
    css = "a {\n  background: url(../img/logo.pgn);\n}\n"
    (reference,) = find_references(css, "text/css")
    found = resolve_reference(reference, P("css/app.css"), NAMES)
    assert isinstance(found, Unresolved)
    where = locate_offset("app/css/app.css", css, reference.start, reference.end - reference.start)
    item = describe_unresolved(reference, P("css/app.css"), found, location=where)
    assert render_diagnostic(item).splitlines() == [
        'css/unresolved-url: cannot resolve "../img/logo.pgn"',
        "  app/css/app.css:2:19",
        "      background: url(../img/logo.pgn);",
        "                      ^^^^^^^^^^^^^^^",
        '  hint: did you mean "../img/logo.png"?',
    ]


def test_case_is_an_error_even_where_missing_files_are_let_pass() -> None:
    reference = Reference(0, 1, "../img/LOGO.png", "url", "css-url")
    found = Unresolved(P("img/LOGO.png"), P("img/logo.png"), True)
    item = describe_unresolved(
        reference, P("css/app.css"), found, location=Location(file="x"), is_warning=True
    )
    assert item.is_error
    assert item.code == "reference/case"


def test_a_missing_source_map_is_a_warning() -> None:
    reference = Reference(0, 1, "x.map", "source-map", "comment")
    found = Unresolved(P("css/x.map"), None, False)
    item = describe_unresolved(reference, P("css/a.css"), found, location=Location(file="x"))
    assert (item.code, item.is_error) == ("source-map/missing", False)
