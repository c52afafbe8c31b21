"""Compile one source below a folder, as the build would; expect what it makes, or its errors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest
from assetbuild.assets.languages.imports import ImportSearch
from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.model import AbsentDep, Artifact, FileDep, Source
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from assetbuild.jsontype import Json
from assetbuild.paths import parse_logical


def make_request(
    project: Path,
    logical: str,
    *,
    root: str = "assets",
    options: Mapping[str, Json] | None = None,
    tools: Mapping[str, Tool] | None = None,
    engine: str = "dukpy",
    load_paths: tuple[str, ...] = (),
) -> CompileRequest:
    """Return the request for a source below ``project/root``."""
    path = project / root / logical
    modules = project / "node_modules"
    return CompileRequest(
        source=Source(
            logical=parse_logical(logical),
            file=str(path),
            display=f"{root}/{logical}",
            language=find_language(logical).name,
            sha256="",
            size=0,
        ),
        content=path.read_bytes(),
        options=options or {},
        search=ImportSearch(
            project=str(project),
            roots=(str(project / root),),
            load_paths=tuple(str(project / one) for one in load_paths),
            node_modules=(str(modules),) if modules.is_dir() else (),
        ),
        tools=tools or {},
        engine=engine,
    )


def compile_file(request: CompileRequest, host: EngineHost | None = None) -> Artifact:
    """Compile a request with a host of its own, or the one given."""
    language = find_language(request.source.logical)
    if host is not None:
        return language.compile(request, host)
    with EngineHost({"PATH": os.environ.get("PATH", "")}) as own:
        return language.compile(request, own)


def errors_of(request: CompileRequest) -> list[str]:
    """Compile, expect an error, and return its diagnostics as text."""
    with pytest.raises(AssetbuildError) as caught:
        compile_file(request)
    return [render_diagnostic(one) for one in caught.value.diagnostics]


def read_files(made: Artifact) -> list[str]:
    """Return the names of the files that a compile read, as it lists them."""
    return [one.path for one in made.deps if isinstance(one, FileDep)]


def absent_files(made: Artifact) -> list[str]:
    """Return the names of the places where a compile looked and nothing was."""
    return [one.path for one in made.deps if isinstance(one, AbsentDep)]
