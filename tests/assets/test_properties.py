"""What holds for the names of every graph of files, cycles among them, and for every URL."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assetbuild.assets.naming import FOLDER_FORM, STEM_FORM, Link, Node, name_outputs
from assetbuild.assets.references import find_references
from assetbuild.assets.urls import decode_path, locate_url, quote_path, relative_url, split_suffix
from assetbuild.paths import LogicalPath, join_logical, relative_url_path, try_logical

COUNT = 5
EDGES = st.sets(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), max_size=9)
FORMS = st.sampled_from([STEM_FORM, FOLDER_FORM])


def name_of(number: int) -> LogicalPath:
    return LogicalPath(f"{'css/' if number % 2 else ''}f{number}.css")


def graph(edges: set[tuple[int, int]], *, changed: int | None = None) -> dict[LogicalPath, Node]:
    nodes = {}
    for number in range(COUNT):
        logical = name_of(number)
        targets = sorted(to for start, to in edges if start == number)
        urls = [relative_url(name_of(to), logical) for to in targets]
        text = "".join(f"a{{b:url({url})}}" for url in urls) + f"/*{number}*/"
        text += "/* changed */" if number == changed else ""
        references = find_references(text, "text/css")
        links = tuple(
            Link(reference=one, target=name_of(to))
            for one, to in zip(references, targets, strict=True)
        )
        nodes[logical] = Node(logical=logical, content=text.encode(), links=links)
    return nodes


def reach(edges: set[tuple[int, int]], target: int) -> set[int]:
    """Return the files that name the target, through others too, and itself."""
    found = {target}
    while more := {start for start, to in edges if to in found} - found:
        found |= more
    return found


@given(EDGES, FORMS)
def test_every_reference_names_an_output_and_names_are_unique(
    edges: set[tuple[int, int]], form: str
) -> None:
    named = name_outputs(graph(edges), form=form)
    names = [one.hashed for one in named.values()]
    assert len(set(names)) == COUNT
    for one in named.values():
        assert one.content is not None
        folder = one.hashed.rpartition("/")[0]
        for found in find_references(one.content.decode(), "text/css"):
            assert join_logical(folder, decode_path(found.url)) in names


@given(EDGES, st.integers(0, COUNT - 1))
def test_a_change_renames_what_reaches_it_and_nothing_else(
    edges: set[tuple[int, int]], changed: int
) -> None:
    before, after = name_outputs(graph(edges)), name_outputs(graph(edges, changed=changed))
    renamed = {
        number
        for number in range(COUNT)
        if before[name_of(number)].hashed != after[name_of(number)].hashed
    }
    assert renamed == reach(edges, changed)


@given(EDGES, st.permutations(range(COUNT)))
def test_the_order_of_the_files_is_nothing(edges: set[tuple[int, int]], order: list[int]) -> None:
    nodes = graph(edges)
    shuffled = {name_of(number): nodes[name_of(number)] for number in order}
    assert name_outputs(shuffled) == name_outputs(nodes)


PATHS = st.text(min_size=1, max_size=20).map(try_logical).filter(lambda one: one is not None)


@given(PATHS, PATHS)
def test_a_relative_url_leads_back(target: LogicalPath, owner: LogicalPath) -> None:
    url = relative_url(target, owner)
    assert url.isascii()
    assert locate_url(url, owner.rpartition("/")[0]) == (target, "")
    assert split_suffix(url) == (url, "")
    assert decode_path(quote_path(target)).removeprefix("./") == target


@given(PATHS, PATHS)
def test_a_relative_path_joins_back(target: LogicalPath, folder: LogicalPath) -> None:
    assert join_logical(folder, relative_url_path(target, folder)) == target


@given(st.text(max_size=30), st.sampled_from(["", "css", "a/b"]))
def test_no_url_leads_out_of_the_roots(url: str, folder: str) -> None:
    found = locate_url(url, folder, url_prefix="/assets/")
    if found is not None:
        assert try_logical(found[0]) == found[0]
        assert url.strip().endswith(found[1])
