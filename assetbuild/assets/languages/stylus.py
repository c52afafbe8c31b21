"""Stylus.

In: a source. Out: CSS. Imports are found by this module: the compiler asks for them, by the folders
of the files that are being imported and a name, until it has all; so it does for the modules of
plugins (``use()``), which run in the engine and see no disk. The sizes of pictures are refused.
Source: stylus-lang.com, "@import and @require", "use()".
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest, LanguageOption
from assetbuild.assets.languages.compiled import Compiled, ask_until_answered, make_artifact
from assetbuild.assets.languages.imports import ImportLog, find_import, tell_missing_import
from assetbuild.assets.languages.names import option_of
from assetbuild.assets.languages.plain import ENCODING
from assetbuild.assets.languages.programs import stylus_program
from assetbuild.assets.languages.stylus_plugins import (
    find_module,
    find_plugin,
    follow_requires,
)
from assetbuild.assets.languages.texts import decode_source, line_at
from assetbuild.assets.model import Artifact, ToolDep
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    warning,
)
from assetbuild.globs import is_glob
from assetbuild.jsontype import Json

INCLUDE_CSS = LanguageOption(
    name="include-css", default=False, doc="Copy the files of @import that end in .css in."
)
_ENDINGS = (".styl", ".css")
_PACKAGE_FIELDS = ("stylus", "main")
_IMPORT = re.compile(
    r"""//[^\n]* | /\*.*?(?:\*/|\Z)
    | (?:^|(?<=[\s;{}]))@(?:import|require)[ \t]*\(?[ \t]*(?P<quote>["'])(?P<target>[^"'\n]+)(?P=quote)
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""",
    re.VERBOSE | re.DOTALL,
)
_NOT_FOUND = re.compile(r"failed to locate @(?:import|require) file (?P<name>.+?)(?:\.styl)?\Z")


@dataclass(slots=True)
class _Sources:
    """Everything one entry is known to load."""

    log: ImportLog  # what was read and looked for
    encoding: Json  # of all its files
    texts: dict[str, str] = field(default_factory=dict)  # display name -> text
    answers: dict[str, Json] = field(default_factory=dict)  # the question -> display names, or None

    def add(self, path: str) -> str:
        """Read a file once and return its display name."""
        display = self.log.search.display(path)
        if display not in self.texts:
            data = self.log.read(path).data
            self.texts[display] = decode_source(data, display, self.encoding)
        return display

    def add_module(self, key: str, path: str | None) -> None:
        """Answer the question for a plugin's module, and those that it will lead to."""
        if path is None:
            self.answers[key] = None
            return
        display = self.add(path)
        self.answers[key] = [display]
        folder = posixpath.dirname(display) or "."
        for name, found in follow_requires(self.log, path):
            # as the glue's ask() writes it
            further = json.dumps(
                ["module", [folder], name], ensure_ascii=False, separators=(",", ":")
            )
            if further not in self.answers:
                self.add_module(further, found)


class StylusLanguage:
    """Stylus."""

    name = "stylus"
    revision = 1
    extensions: tuple[str, ...] = (".styl", ".stylus")
    output_extension = ".css"
    options: tuple[LanguageOption, ...] = (INCLUDE_CSS, ENCODING)
    holds_gil = True
    is_verbatim = False

    def is_partial(self, logical: str) -> bool:
        """See Language: the custom of Sass, which Stylus's users share."""
        return posixpath.basename(logical).startswith("_")

    def find_imports(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language: imports that are written out; a name in a variable is not seen."""
        log = ImportLog(request.search)
        pending = [(request.source.file, request.content)]
        seen = {request.source.file}
        while pending:
            path, data = pending.pop()
            for match in _IMPORT.finditer(data.decode("utf-8", "replace")):
                target = match.group("target")
                if target is None or _is_external(target) or target.endswith(".css"):
                    continue
                for one in _find(log, "import", (os.path.dirname(path),), target):
                    if one not in seen:
                        seen.add(one)
                        pending.append((one, log.read(one).data))
        return tuple(sorted(seen - {request.source.file}))

    def tool_names(self, request: CompileRequest) -> tuple[str, ...]:
        """See Language."""
        return ("stylus",)

    def compile(self, request: CompileRequest, host: EngineHost) -> Artifact:
        """Compile one entry. Errors: ``stylus/compile``, ``import/not-found``, ``language/…``."""
        source = request.source
        sources = _Sources(ImportLog(request.search), option_of(request.options, ENCODING))
        text = decode_source(request.content, source.display, sources.encoding)
        sources.texts[source.display] = text
        answer = _render(request, host, sources)
        if "error" in answer:
            raise AssetbuildError(_read_error(answer["error"], sources, source.display))
        tool = request.tools["stylus"]
        return make_artifact(
            self,
            request,
            Compiled(
                text=answer["css"],
                raw_map=answer.get("map"),
                texts=sources.texts,
                deps=(*sources.log.deps(), ToolDep(tool.name, tool.version)),
                diagnostics=(
                    warning("stylus/warn", str(one), location=Location(file=source.display))
                    for one in answer["warnings"]
                ),
            ),
        )


def _render(request: CompileRequest, host: EngineHost, sources: _Sources) -> Any:
    search, display = sources.log.search, request.source.display
    program = stylus_program(request.tools["stylus"])

    def ask() -> Any:
        question: dict[str, Json] = {
            "text": sources.texts[display],
            "display": display,
            "texts": {**sources.texts},
            "answers": sources.answers,
            "includeCss": option_of(request.options, INCLUDE_CSS),
            "map": request.wants_source_map,
        }
        return host.call(request.engine, program, "assetbuildStylus", question, display=display)

    def supply(key: str, kind: str, folders: list[str], name: str) -> None:
        places = tuple(search.locate(one) for one in reversed(folders))
        if kind in {"plugin", "module"}:
            log = sources.log
            found_module = (
                find_plugin(log, places, name)
                if kind == "plugin"
                else find_module(log, places[0], name)
            )
            sources.add_module(key, found_module)
            return
        found = _find(sources.log, kind, places, name)
        sources.answers[key] = [sources.add(one) for one in found] or None

    return ask_until_answered(ask, supply, code="stylus/compile", display=display)


def _find(log: ImportLog, kind: str, folders: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the files of a name: one, or all that a glob matches; empty where there is none."""
    stem = name[: -len(".styl")] if kind == "import" and name.endswith(".styl") else name
    # "kit/" is the folder's index, and no glob
    stem = stem.rstrip("/") or stem

    def candidates(base: str) -> Iterator[tuple[str, ...]]:
        if kind == "file" or name.endswith(".css"):
            yield (base,)
            return
        yield (f"{base}.styl",)
        yield (f"{base}/index.styl",)
        yield (f"{base}/{posixpath.basename(base)}.styl",)

    for folder in folders:
        importer = os.path.join(folder, "x")
        if is_glob(stem):
            matched = log.expand(os.path.join(folder, f"{stem}.styl"))
            if matched:
                return matched
            continue
        found = find_import(log, stem, importer, candidates, package_fields=_PACKAGE_FIELDS)
        if found:
            return (found[0],)
    return ()


def _is_external(target: str) -> bool:
    return re.match(r"(?:[a-z][a-z0-9+.-]*:|//|#|url\()", target, re.IGNORECASE) is not None


def _read_error(found: dict[str, Any], sources: _Sources, entry: str) -> Diagnostic:
    file = found["file"] if found["file"] in sources.texts else entry
    line_text = line_at(sources.texts[file], found["line"])
    location = Location(file=file, line=found["line"], column=found["column"], line_text=line_text)
    message = str(found["message"]).strip()
    missing = _NOT_FOUND.match(message)
    if missing is None:
        return error("stylus/compile", message.partition("\n")[0], location=location)
    importer = sources.log.search.locate(file)
    return tell_missing_import(
        sources.log, missing["name"], importer, endings=_ENDINGS, location=location
    )


STYLUS = StylusLanguage()
