"""Name outputs by their final bytes: rewrite references first, dependencies before dependents.

In: outputs with the references between them. Out: hashed paths and final bytes.
Refuses to know: disks, how references were resolved, manifests.

Members of a reference cycle cannot be named by their final bytes, which hold their names: they
share one digest of the whole cycle. A source map and the file it describes name each other too;
there only the map is named from the pair, so that the file itself is named by its final bytes.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assetbuild.assets.references import rewrite_references
from assetbuild.assets.sourcemaps.retarget import retarget_map
from assetbuild.assets.syntax.reference import Edit, Reference
from assetbuild.assets.urls import quote_path, relative_url
from assetbuild.components import find_components
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.paths import LogicalPath

STEM_FORM = "{stem}.{hash}{ext}"
FOLDER_FORM = "{hash}/{path}"
_FULL_LENGTH = 64  # hex digits of sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A reference that names another output."""

    reference: Reference  # where it stands
    target: LogicalPath  # what it names
    suffix: str = ""  # "?query#fragment" to keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An output before it has a name. Either content is given, or it is a leaf with its sha256."""

    logical: LogicalPath  # as the app knows it
    content: bytes | None = None  # bytes; None: only the digest matters, it names nothing
    sha256: str = ""  # of the bytes, where content is None
    links: tuple[Link, ...] = ()  # to other outputs, found in the content decoded as UTF-8
    replacements: tuple[tuple[Reference, str], ...] = ()  # other URLs to write (data URIs)
    is_hashed: bool = True  # False: keeps its logical path as its name
    map_of: LogicalPath | None = None  # it is the source map of that output


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An output with its name."""

    hashed: str  # path below the output folder; the logical path when it is not hashed
    content: bytes | None  # final bytes; None for a leaf, whose bytes are the given ones
    sha256: str  # of the final bytes


def name_outputs(
    nodes: Mapping[LogicalPath, Node],
    *,
    form: str = STEM_FORM,
    hash_length: int = 12,
    taken: Mapping[str, str] | None = None,
    known: Mapping[LogicalPath, str] | None = None,
    url: str = "/",
) -> dict[LogicalPath, Named]:
    """Name every output, sorted by logical path.

    ``url`` is where the output folder is served: what a bare string names is read by scripts, for
    which a URL relative to the style sheet would mean nothing. ``taken`` maps names of earlier
    builds to the sha256 of their bytes. Where two different digests would be cut to one, or a name
    is another file's already, the hash is lengthened.
    ``known`` are the names of outputs that keep theirs: links may lead there. Links to what is in
    neither are an error of the caller (KeyError).
    """
    lengths: dict[LogicalPath, int] = {}
    while True:
        naming = _Naming(nodes, form, hash_length, lengths, url, known or {})
        named = naming.run()
        longer = _find_clashes(named, naming.digests, taken or {})
        grown = {
            one: min(_FULL_LENGTH, lengths.get(one, hash_length) + 4)
            for one in longer
            if lengths.get(one, hash_length) < _FULL_LENGTH
        }
        if not grown:
            return {one: named[one] for one in sorted(named)}
        lengths.update(grown)


def token_of(logical: str, hashed: str, form: str) -> str:
    """Return the hex digits that hashed_path put into a name; "" where the name has none."""
    start, end = hashed_path(logical, "\0", form).split("\0")
    is_hashed = hashed != logical and hashed.startswith(start) and hashed.endswith(end)
    return hashed[len(start) : len(hashed) - len(end)] if is_hashed else ""


def hashed_path(logical: str, token: str, form: str) -> str:
    """Return the name of an output in the given form: "css/app.css" -> "css/app.3f2a….css"."""
    if form == FOLDER_FORM:
        return f"{token}/{logical}"
    folder, _, name = logical.rpartition("/")
    stem, extension = posixpath.splitext(name)  # a leading dot is no extension
    if extension == ".map":
        # "app.css.map" looks like its file's name: "app.3f2a….css.map"
        inner, inner_extension = posixpath.splitext(stem)
        if inner_extension in {".css", ".js", ".mjs"}:
            stem, extension = inner, inner_extension + extension
    hashed = f"{stem}.{token}{extension}"
    return f"{folder}/{hashed}" if folder else hashed


def _find_clashes(
    named: Mapping[LogicalPath, Named],
    digests: Mapping[LogicalPath, tuple[str, str]],
    taken: Mapping[str, str],
) -> set[LogicalPath]:
    by_path: defaultdict[str, list[LogicalPath]] = defaultdict(list)
    by_token: defaultdict[str, list[LogicalPath]] = defaultdict(list)
    for logical, one in named.items():
        by_path[one.hashed].append(logical)
    for logical, (token, _) in digests.items():
        by_token[token].append(logical)
    found: set[LogicalPath] = set()
    for group in by_path.values():
        if len(group) > 1:
            found.update(one for one in group if one in digests)
    for group in by_token.values():
        if len({digests[one][1] for one in group}) > 1:
            found.update(group)
    for logical in digests:
        one = named[logical]
        if taken.get(one.hashed, one.sha256) != one.sha256:
            found.add(logical)
    return found


class _Naming:
    """One attempt with given hash lengths."""

    def __init__(
        self,
        nodes: Mapping[LogicalPath, Node],
        form: str,
        hash_length: int,
        lengths: Mapping[LogicalPath, int],
        url: str,
        known: Mapping[LogicalPath, str],
    ) -> None:
        self._nodes = nodes
        self._form = form
        self._hash_length = hash_length
        self._lengths = lengths
        self._prefix = url
        self._known = known
        self._names: dict[LogicalPath, str] = {**known}  # hashed paths decided so far
        self._edits: dict[LogicalPath, tuple[str, tuple[Edit, ...]]] = {}  # old text, edits
        self._done: dict[LogicalPath, Named] = {}
        self._mapped = {one.map_of for one in nodes.values() if one.map_of is not None}
        self.digests: dict[LogicalPath, tuple[str, str]] = {}  # cut and whole, of hashed outputs

    def run(self) -> dict[LogicalPath, Named]:
        for one in self._nodes.values():
            if not one.is_hashed:
                self._names[one.logical] = one.logical
        naming: list[LogicalPath] = []
        for logical in sorted(self._nodes):
            node = self._nodes[logical]
            if node.links or node.map_of is not None:
                naming.append(logical)
            else:
                self._finish(logical, None)  # it names nothing: most outputs, of icons nearly all
        for component in find_components(naming, self._targets):
            self._name_component(component)
        return self._done

    def _targets(self, logical: LogicalPath) -> Iterable[LogicalPath]:
        """Return the outputs whose name, or bytes in the case of a map's owner, must come first."""
        node = self._nodes[logical]
        found = dict.fromkeys(
            one.target
            for one in node.links
            if one.target not in self._known
            and one.target not in self._done
            and self._nodes[one.target].is_hashed
        )
        if node.map_of is not None:
            found[node.map_of] = None
        return found

    def _name_component(self, members: Sequence[LogicalPath]) -> None:
        if len(members) == 1 and members[0] not in self._targets(members[0]):
            self._finish(members[0], None)
            return
        digest = self._digest_cycle(members)
        maps = [one for one in members if self._nodes[one].map_of is not None]
        if not maps:
            for one in sorted(members):
                self._set_name(one, digest)
            for one in sorted(members):
                self._finish(one, digest)
            return
        for one in sorted(maps):
            self._set_name(one, digest_parts("source-map-name", (digest, one)))
        rest = sorted(set(members) - set(maps))
        known = set(rest)
        # without the maps, which have their names now, most cycles are none
        for component in find_components(
            rest, lambda one: [target for target in self._targets(one) if target in known]
        ):
            self._name_component(component)
        for one in sorted(maps):
            self._finish(one, digest_parts("source-map-name", (digest, one)))

    def _digest_cycle(self, members: Sequence[LogicalPath]) -> str:
        parts: list[str | bytes] = []
        for one in sorted(members):
            parts.append(one)
            text, _ = self._rewrite(self._nodes[one], lambda link: f"cycle:{link.target}")
            parts.append(text)
        return digest_parts("reference-cycle", parts)

    def _set_name(self, logical: LogicalPath, digest: str) -> None:
        if not self._nodes[logical].is_hashed:
            return
        token = digest[: self._lengths.get(logical, self._hash_length)]
        self.digests[logical] = (token, digest)
        self._names[logical] = hashed_path(logical, token, self._form)

    def _finish(self, logical: LogicalPath, digest: str | None) -> None:
        """Fix the bytes of an output, and its name by them unless a cycle's digest gave it."""
        node = self._nodes[logical]
        if node.content is None:
            content, sha256 = None, node.sha256
        else:
            content = self._final_bytes(node)
            sha256 = sha256_hex(content)
        if digest is None:
            self._set_name(logical, sha256)
        self._done[logical] = Named(hashed=self._names[logical], content=content, sha256=sha256)

    def _final_bytes(self, node: Node) -> bytes:
        assert node.content is not None
        if not node.links and not node.replacements and node.map_of is None:
            return node.content
        data, edits = self._rewrite(node, None)
        if node.logical in self._mapped:
            self._edits[node.logical] = (node.content.decode("utf-8"), edits)
        return data if node.map_of is None else self._final_map(node, data)

    def _final_map(self, node: Node, data: bytes) -> bytes:
        """Point a map at its file's hashed name, and its columns at the rewritten text."""
        assert node.map_of is not None
        text, edits = self._edits.get(node.map_of, ("", ()))
        return retarget_map(data, self._url(node, self._names[node.map_of]), text, edits)

    def _rewrite(
        self, node: Node, unknown: Callable[[Link], str] | None
    ) -> tuple[bytes, tuple[Edit, ...]]:
        """Write the names into a node's content; ``unknown`` spells those not decided yet."""
        content = node.content or b""
        if not node.links and not node.replacements:
            return content, ()
        written = list(node.replacements)
        for link in node.links:
            name = self._names.get(link.target)
            if name is None:
                assert unknown is not None, f"{node.logical} before {link.target}"
                written.append((link.reference, unknown(link) + link.suffix))
            else:
                written.append((link.reference, self._link_url(node, link, name) + link.suffix))
        text, edits = rewrite_references(content.decode("utf-8"), written)
        return text.encode("utf-8"), edits

    def _link_url(self, owner: Node, link: Link, name: str) -> str:
        # a page may be served at another path than its own, as 404.html is: "/x" stays absolute
        is_absolute = not owner.is_hashed and link.reference.url.lstrip().startswith("/")
        if is_absolute or link.reference.kind == "asset-path":
            return self._prefix + quote_path(name)
        url = self._url(owner, name)
        # a module's name without a dot in front would be a package's
        is_module = link.reference.form == "js-string"
        return f"./{url}" if is_module and not url.startswith(".") else url

    def _url(self, owner: Node, target: str) -> str:
        """Return the relative URL of a hashed path from where an output will stand.

        In the folder form its own hash is not known yet, but a folder's name is not needed to
        leave it.
        """
        is_below_hash = self._form == FOLDER_FORM and owner.is_hashed
        return relative_url(target, f"-/{owner.logical}" if is_below_hash else owner.logical)
