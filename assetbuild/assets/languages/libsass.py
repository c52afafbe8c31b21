"""SCSS and indented Sass by libsass.

In: a resolved SassGraph. Out: CSS, its raw source map, warnings. Source: libsass-python's docs;
its error text is ``Error: …\\n on line L:C of FILE``.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, replace

from assetbuild.assets.languages.sass_graph import SassGraph, SassOutput
from assetbuild.assets.languages.sass_messages import (
    Message,
    has_messages,
    inspect_messages,
    read_message,
)
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.model import ToolDep
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    locate_offset,
    warning,
)

_ENTRY = "assetbuild-entry"
_PLACE = re.compile(r"^\s+on line (\d+)(?::(\d+))? of (.+)$", re.MULTILINE)
_MAP = re.compile(r"\s*/\*# sourceMappingURL=data:application/json;base64,([^ ]*) \*/\s*$")


BROKEN_LIBSASS = ToolDep("libsass", "broken")
"""What an output depends on that Dart Sass made because libsass did not load: mended, it is remade."""


@dataclass(frozen=True, slots=True)
class LibsassFailure:
    """Why libsass cannot compile on this machine."""

    reason: str  # begins with "libsass"
    is_broken: bool  # it is installed, which the versions of a build's key tell, and does not load


def find_libsass_failure() -> LibsassFailure | None:
    """Return why libsass cannot be used, None where it can. It is loaded for that, in milliseconds.

    On some machines no wheel fits and none can be built; and an environment that was copied from
    another machine has an extension for another C library.
    """
    try:
        import sass  # noqa: F401  # heavy: loads the compiler's library
    except ImportError as failure:
        if failure.name == "sass":
            reason = "is not installed: no wheel fits this machine, and it could not be built"
            return LibsassFailure(f"libsass {reason}", is_broken=False)
        # without folders: messages are kept with what they are about, and are of no machine
        told = re.sub(r"[^\s`'\"(]*/", "", str(failure))
        return LibsassFailure(f"libsass is installed, and does not load: {told}", is_broken=True)
    return None


def libsass_version() -> str:
    """Return the version of libsass itself, with the binding's."""
    import sass  # heavy: loads the compiler's library

    return f"{sass.libsass_version}+{sass.__version__}"


def compile_libsass(graph: SassGraph, *, precision: int, wants_source_map: bool) -> SassOutput:
    """Compile a graph that needs no Dart Sass. Errors: ``sass/compile``, at the user's own line."""
    import sass  # heavy: loads the compiler's library

    warnings: list[Diagnostic] = []
    labels = {path: index for index, path in enumerate(graph.marked)}

    def resolve(target: str, importer: str) -> list[tuple[str, ...]] | None:
        if target == _ENTRY:
            path = graph.entry
        else:
            found = graph.edges.get((os.path.abspath(importer), target, True))
            if found is None:
                return None
            path = found
        # sass2scss runs only on what libsass reads itself
        if path.endswith(".sass"):
            return [(path,)]
        return [(path, inspect_messages(graph.marked[path], label=labels[path]))]

    def tell(code: str) -> sass.SassFunction:
        # libsass prints @warn and @debug to the process's stderr unless these are defined
        name = "@warn" if code == "sass/warn" else "@debug"

        def collect(message: object) -> None:
            said = read_message(str(message))
            where = _locate_message(graph, said, len(name))
            text = f"{name}: {said.text}".replace("\n", " ")
            warnings.append(warning(code, text, location=where))

        return sass.SassFunction(name, ("$message",), collect)

    # the indented syntax cannot be mended so: there libsass prints what they say by itself
    is_told = not any(
        path.endswith(".sass") and has_messages(text) for path, text in graph.texts.items()
    )
    try:
        css = sass.compile(
            # an importer's file is the only kind that libsass maps and names without a disk
            string=f'@import "{_ENTRY}";',
            importers=[(0, resolve)],
            custom_functions=[tell("sass/warn"), tell("sass/debug")] if is_told else [],
            output_style="expanded",
            precision=precision,
            source_map_embed=wants_source_map,
        )
    except sass.CompileError as failure:
        raise AssetbuildError(_read_error(str(failure), graph)) from None
    source_map = None
    match = _MAP.search(css)
    if match is not None:
        source_map = base64.b64decode(match.group(1)).decode("utf-8")
        css = css[: match.start()] + "\n"
    return SassOutput(
        css=css,
        source_map=source_map,
        display=lambda name: graph.log.search.display(os.path.abspath(name)),
        warnings=tuple(warnings),
        tool=ToolDep("libsass", libsass_version()),
    )


def _locate_message(graph: SassGraph, said: Message, length: int) -> Location:
    if said.label is None:
        return Location(file=graph.log.search.display(graph.entry))
    path = list(graph.marked)[said.label]
    display = graph.log.search.display(path)
    place = locate_offset(display, graph.marked[path], said.offset, length)
    return replace(place, line_text=line_at(graph.texts[path], place.line))


def _read_error(text: str, graph: SassGraph) -> Diagnostic:
    message = text.partition("\n")[0].removeprefix("Error: ").strip().rstrip(".")
    place = _PLACE.search(text)
    if place is None:
        return error(
            "sass/compile",
            message,
            location=Location(file=graph.log.search.display(graph.entry)),
        )
    file = os.path.abspath(place.group(3))
    line, column = int(place.group(1)), int(place.group(2) or 1)
    source = graph.texts.get(file, "")
    # what libsass converts from the indented syntax has lines of its own
    known = line_at(source, line)
    return error(
        "sass/compile",
        message,
        location=Location(
            file=graph.log.search.display(file), line=line, column=column, line_text=known
        ),
    )
