"""Names follow the final bytes, through references, cycles and source maps."""

from __future__ import annotations

import json
from hashlib import sha256

from assetbuild.assets.naming import (
    FOLDER_FORM,
    Link,
    Named,
    Node,
    hashed_path,
    name_outputs,
)
from assetbuild.assets.references import find_references
from assetbuild.assets.resolve import Resolved, index_names, resolve_reference
from assetbuild.assets.sourcemaps.compose import look_up
from assetbuild.assets.sourcemaps.lines import identity_map
from assetbuild.assets.sourcemaps.model import emit_source_map, parse_source_map
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath as P


def graph(files: dict[str, str], *, unhashed: tuple[str, ...] = ()) -> dict[P, Node]:
    names = index_names(P(one) for one in files)
    nodes = {}
    for name, text in files.items():
        links = []
        for reference in find_references(text, guess_media_type(name)):
            found = resolve_reference(reference, P(name), names)
            if isinstance(found, Resolved):
                links.append(Link(reference=reference, target=found.target, suffix=found.suffix))
        nodes[P(name)] = Node(
            logical=P(name),
            content=text.encode(),
            links=tuple(links),
            is_hashed=name not in unhashed,
            map_of=P(name.removesuffix(".map")) if name.endswith(".map") else None,
        )
    return nodes


def text_of(named: Named) -> str:
    assert named.content is not None
    return named.content.decode()


def short(content: bytes | None) -> str:
    assert content is not None
    return sha256(content).hexdigest()[:12]


def test_names_hold_the_digest_of_the_final_bytes() -> None:
    named = name_outputs(
        graph(
            {"css/a.css": "@import 'b.css';", "css/b.css": "x{y:url(../i.svg)}", "i.svg": "<svg/>"}
        )
    )
    image, b, a = named[P("i.svg")], named[P("css/b.css")], named[P("css/a.css")]
    assert image.hashed == f"i.{short(b'<svg/>')}.svg"
    assert text_of(b) == f"x{{y:url(../{image.hashed})}}"
    assert b.hashed == f"css/b.{short(b.content)}.css"
    assert text_of(a) == f"@import '{b.hashed.removeprefix('css/')}';"
    assert a.hashed == f"css/a.{short(a.content)}.css"


def test_a_change_in_a_dependency_changes_every_name_above_it() -> None:
    files = {"a.css": "@import 'b.css';", "b.css": "x{y:url(i.svg)}", "i.svg": "<svg/>"}
    before = name_outputs(graph(files))
    after = name_outputs(graph({**files, "i.svg": "<svg />"}))
    assert all(before[P(one)].hashed != after[P(one)].hashed for one in files)


def test_members_of_a_cycle_share_one_digest_and_name_each_other() -> None:
    files = {"a.js": 'import "./b.js";1', "b.js": 'import "./a.js";2', "c.js": 'import"./a.js"'}
    named = name_outputs(graph(files))
    a, b, c = named[P("a.js")], named[P("b.js")], named[P("c.js")]
    assert a.hashed.split(".")[1] == b.hashed.split(".")[1]
    assert text_of(a) == f'import "./{b.hashed}";1'
    assert text_of(b) == f'import "./{a.hashed}";2'
    assert c.hashed == f"c.{short(c.content)}.js"
    changed = name_outputs(graph({**files, "b.js": 'import "./a.js";3'}))
    assert changed[P("a.js")].hashed != a.hashed


def test_a_dependency_of_a_cycle_changes_its_names() -> None:
    files = {"a.css": '@import "b.css";', "b.css": '@import "a.css";x{y:url(i.svg)}', "i.svg": "1"}
    before = name_outputs(graph(files))
    after = name_outputs(graph({**files, "i.svg": "2"}))
    assert before[P("a.css")].hashed != after[P("a.css")].hashed


def test_a_file_that_names_itself() -> None:
    named = name_outputs(graph({"w.js": 'new Worker(new URL("./w.js", import.meta.url))'}))
    one = named[P("w.js")]
    assert f'"./{one.hashed}"' in text_of(one)


def test_an_unhashed_file_keeps_its_name_and_names_hashed_ones() -> None:
    files = {"index.html": '<img src="i.svg"><a href="index.html">', "i.svg": "1"}
    named = name_outputs(graph(files, unhashed=("index.html",)))
    page = named[P("index.html")]
    assert page.hashed == "index.html"
    assert text_of(page) == f'<img src="{named[P("i.svg")].hashed}"><a href="index.html">'


def test_suffixes_are_kept_and_odd_names_are_quoted() -> None:
    files = {"a.css": "x{y:url('f/a%20b.eot?#iefix')}", "f/a b.eot": "1", "f/é.eot": "2"}
    named = name_outputs(graph(files))
    token = short(b"1")
    assert text_of(named[P("a.css")]) == f"x{{y:url('f/a%20b.{token}.eot?#iefix')}}"
    assert named[P("f/é.eot")].hashed == f"f/é.{short(b'2')}.eot"


def test_the_folder_form_links_relatively_between_hash_folders() -> None:
    files = {"css/a.css": "x{y:url(../i.svg)}", "i.svg": "1", "p.html": "<img src=i.svg>"}
    named = name_outputs(graph(files, unhashed=("p.html",)), form=FOLDER_FORM)
    token = short(b"1")
    assert named[P("i.svg")].hashed == f"{token}/i.svg"
    css = named[P("css/a.css")]
    assert text_of(css) == f"x{{y:url(../../{token}/i.svg)}}"
    assert css.hashed == f"{short(css.content)}/css/a.css"
    assert text_of(named[P("p.html")]) == f'<img src="{token}/i.svg">'


def test_a_leaf_needs_no_content() -> None:
    leaf = Node(logical=P("a.png"), sha256="ab" * 32)
    assert name_outputs({P("a.png"): leaf}) == {
        P("a.png"): Named(hashed="a.abababababab.png", content=None, sha256="ab" * 32)
    }


def test_two_digests_cut_to_one_are_lengthened_and_so_is_a_taken_name() -> None:
    nodes = {
        P(name): Node(logical=P(name), sha256=digest.ljust(64, "0"))
        for name, digest in {
            "a.png": "aaaa1",
            "b.png": "aaaa2",
            "c.png": "bbbb",
            "d.png": "aaaa1",
        }.items()
    }
    named = name_outputs(nodes, hash_length=4, taken={"c.bbbb.png": "another"})
    assert [one.hashed for one in named.values()] == [
        "a.aaaa1000.png",
        "b.aaaa2000.png",
        "c.bbbb0000.png",
        "d.aaaa1000.png",
    ]


def test_a_hashed_name_that_another_file_has_is_lengthened() -> None:
    nodes = {
        P("a.png"): Node(logical=P("a.png"), sha256="a" * 64),
        P("a.aaaaaaaaaaaa.png"): Node(
            logical=P("a.aaaaaaaaaaaa.png"), sha256="b" * 64, is_hashed=False
        ),
    }
    assert name_outputs(nodes)[P("a.png")].hashed == "a.aaaaaaaaaaaaaaaa.png"


def test_hashed_path_keeps_what_belongs_together() -> None:
    assert hashed_path("a/b.css.map", "H", "{stem}.{hash}{ext}") == "a/b.H.css.map"
    assert hashed_path("a.min.map", "H", "{stem}.{hash}{ext}") == "a.min.H.map"
    assert hashed_path("LICENSE", "H", "{stem}.{hash}{ext}") == "LICENSE.H"
    assert hashed_path(".well", "H", "{stem}.{hash}{ext}") == ".well.H"


def test_a_map_and_its_file_name_each_other_and_columns_follow_the_rewriting() -> None:
    css = "a{b:url(i.svg);c:d}\n/*# sourceMappingURL=a.css.map */\n"
    source_map = emit_source_map(identity_map(css, "a.scss"))
    document = json.loads(source_map)
    # the declaration `c:d` has a segment of its own, behind the URL that is rewritten
    document["mappings"] = "AAAA,eAAe"
    files = {"a.css": css, "a.css.map": json.dumps(document), "i.svg": "1"}
    named = name_outputs(graph(files))
    final, final_map = named[P("a.css")], named[P("a.css.map")]
    assert final.hashed == f"a.{short(final.content)}.css"
    assert f"sourceMappingURL={final_map.hashed} " in text_of(final)
    found = parse_source_map(text_of(final_map))
    assert found.file == final.hashed
    column = text_of(final).index("c:d")
    place = look_up(found, 0, column)
    assert place is not None
    assert (place.line, place.column) == (0, css.index("c:d"))


def test_a_map_has_another_name_whenever_its_bytes_differ() -> None:
    css = "a{b:url(i.svg)}/*# sourceMappingURL=a.css.map */"
    files = {"a.css": css, "a.css.map": '{"version":3,"mappings":"AAAA"}', "i.svg": "1"}
    before = name_outputs(graph(files))
    after = name_outputs(graph({**files, "i.svg": "2"}))
    assert before[P("a.css.map")].content != after[P("a.css.map")].content
    assert before[P("a.css.map")].hashed != after[P("a.css.map")].hashed


def test_a_broken_map_is_left_as_it_is() -> None:
    files = {"a.js": "1\n//# sourceMappingURL=a.js.map", "a.js.map": "not json"}
    named = name_outputs(graph(files))
    assert named[P("a.js.map")].content == b"not json"
