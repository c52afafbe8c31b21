"""Where the cases come from, and how one source of them is compiled here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assetbuild.assets.engines.host import EngineHost
from assetbuild.assets.languages.base import CompileRequest
from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.model import Artifact
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.store import open_tool_store
from assetbuild.jsontype import Json
from tests.support.compiling import compile_file, make_request


class Compiler:
    """Compiles files below a folder with warm engines and the pinned tools."""

    def __init__(self, host: EngineHost) -> None:
        self._host = host
        self._store = open_tool_store(dict(os.environ))
        self._tools: dict[str, Tool] = {}

    def compile(
        self,
        folder: Path,
        name: str,
        options: Mapping[str, Json] | None = None,
        *,
        load_paths: tuple[str, ...] = (),
    ) -> Artifact:
        """Compile one file. Errors: AssetbuildError."""
        root, _, logical = name.partition("/")  # the first folder of the name is the asset root

        def ask(tools: Mapping[str, Tool]) -> CompileRequest:
            return make_request(
                folder,
                logical,
                root=root,
                options=options,
                engine="node",
                load_paths=load_paths,
                tools=tools,
            )

        tools = {one: self._tool(one) for one in find_language(logical).tool_names(ask({}))}
        return compile_file(ask(tools), self._host)

    def _tool(self, name: str) -> Tool:
        if name not in self._tools:
            self._tools[name] = self._store.fetch_all((name,))[name]
        return self._tools[name]


@contextmanager
def open_compiler() -> Iterator[Compiler]:
    """Yield a compiler, and end its engines after."""
    with EngineHost({"PATH": os.environ.get("PATH", "")}) as host:
        yield Compiler(host)


def run_node(script: str, *arguments: str, given: Json = None) -> Any:
    """Run a script in node, with JSON on its standard input; return the JSON that it prints."""
    done = subprocess.run(
        ["node", "--input-type=commonjs", "-e", script, *arguments],
        capture_output=True,
        check=False,
        input=json.dumps(given).encode(),
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2000:])
    return json.loads(done.stdout)
