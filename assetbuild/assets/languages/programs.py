"""Compilers as programs for an engine: which files of a tool, and our glue on top.

In: a Tool. Out: a Program. Refuses to know: engines, sources.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from assetbuild.assets.engines.base import Program, Script
from assetbuild.assets.engines.commonjs import bundle_commonjs
from assetbuild.assets.tools.model import Tool
from assetbuild.media import known_types


def coffee_program(tool: Tool) -> Program:
    """Return CoffeeScript 1 or 2."""

    def load() -> tuple[Script, ...]:
        browser = os.path.join(
            tool.folder, "lib/coffeescript-browser-compiler-legacy/coffeescript.js"
        )
        if os.path.isfile(browser):
            return (_read(browser), _glue("coffee"))
        name = "coffee-script" if tool.name == "coffeescript-1" else "coffeescript"
        entry = os.path.join(tool.folder, "lib", name, f"{name}.js")
        return (bundle_commonjs(entry, label=name, replaced=_NODE_MODULES), _glue("coffee"))

    return _program(tool, load)


def typescript_program(tool: Tool) -> Program:
    """Return TypeScript."""

    def load() -> tuple[Script, ...]:
        return (_read(os.path.join(tool.folder, "lib/typescript.js")), _glue("typescript"))

    return _program(tool, load)


def less_program(tool: Tool) -> Program:
    """Return LESS with its source map library."""

    def load() -> tuple[Script, ...]:
        entry = os.path.join(tool.folder, "assetbuild-entry.js")
        joined = os.path.join(tool.folder, "dist/less-node.cjs")
        compiler = (
            'require("./dist/less-node.cjs").createFromEnvironment'
            if os.path.isfile(joined)
            else 'require("./lib/less/index.js")'
        )
        text = (
            f"exports.less = {compiler};\n"
            f"exports.version = {json.dumps(tool.version)};\n"
            # an app's own less may come without its optional source-map package
            'try { exports.sourceMap = require("source-map"); } catch (missing) {}\n'
        )
        return (
            bundle_commonjs(entry, label="less", replaced=_NODE_MODULES, text=text),
            Script("media", f"var assetbuildMediaTypes = {json.dumps(known_types())};"),
            _glue("less"),
        )

    return _program(tool, load)


def stylus_program(tool: Tool) -> Program:
    """Return Stylus, with stand-ins for the modules of Node that it asks for files."""

    def load() -> tuple[Script, ...]:
        entry = os.path.join(tool.folder, "assetbuild-entry.js")
        functions = os.path.join(tool.folder, "lib/functions/index.styl")
        text = "".join(
            f"exports.{name} = require({json.dumps(path)});\n"
            for name, path in (
                ("Renderer", "./lib/renderer"),
                ("functions", "./lib/functions"),
                ("nodes", "./lib/nodes"),
                ("utils", "./lib/utils"),
            )
        )
        standins = {
            name: f"module.exports = assetbuildStylusModules.{name};"
            for name in ("fs", "path", "events", "util", "debug", "glob", "buffer", "url")
        }
        builtin = {"name": "stylus:/functions/index.styl", "text": _read(functions).text}
        return (
            Script("stylus-functions", f"var assetbuildStylusFunctions = {json.dumps(builtin)};"),
            _glue("stylus"),
            bundle_commonjs(
                entry,
                label="stylus",
                replaced={**_STYLUS_UNUSED, **standins},
                text=text,
            ),
        )

    return _program(tool, load)


def sass_program(tool: Tool) -> Program:
    """Return Dart Sass as JavaScript, with its immutable collections."""

    def load() -> tuple[Script, ...]:
        entry = os.path.join(tool.folder, "sass.default.cjs")
        return (bundle_commonjs(entry, label="sass"), _glue("sass"))

    return _program(tool, load)


# for its converter from CSS, for pictures' sizes and for its own cache
_STYLUS_UNUSED = dict.fromkeys(("@adobe/css-tools", "css", "sax", "crypto", "safer-buffer"), "")
# what compilers require for their command lines only
_NODE_MODULES = dict.fromkeys(
    ("fs", "path", "module", "vm", "child_process", "url", "./register"), ""
)


def _program(tool: Tool, load: Callable[[], tuple[Script, ...]]) -> Program:
    return Program(key=f"{tool.name}@{tool.version}:{tool.folder}", load=load)


def _read(path: str) -> Script:
    with open(path, encoding="utf-8") as file:
        return Script(os.path.basename(path), file.read())


def _glue(name: str) -> Script:
    from importlib import resources  # as tools/lock.py

    place = resources.files("assetbuild.assets.languages").joinpath("glue") / f"{name}.js"
    return Script(f"{name}-glue", place.read_text("utf-8"))
