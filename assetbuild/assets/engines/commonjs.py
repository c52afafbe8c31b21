"""CommonJS packages as one script: what their ``require`` calls reach, wrapped.

In: the entry file of a package. Out: a Script that defines the global ``assetbuildRequire``; and
which file a ``require`` names. Reads files below node_modules; refuses to know engines. Source: the CommonJS part of Node's
"Modules" documentation (resolution of files, folders and node_modules).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Protocol

from assetbuild.assets.engines.base import Script

_REQUIRE = re.compile(r"""\brequire\(\s*(?:"([^"\n]+)"|'([^'\n]+)')\s*\)""")
_RUNTIME = """
globalThis.assetbuildRequire = (function () {
  var ready = {};
  function open(id) {
    if (!Object.prototype.hasOwnProperty.call(ready, id)) {
      var module = ready[id] = { exports: {}, id: id };
      var links = linked[id];
      defined[id].call(module.exports, module, module.exports, function (name) {
        if (links[name] === undefined) throw new Error("no module " + name + " for " + id);
        return open(links[name]);
      });
    }
    return ready[id].exports;
  }
  return function () { return open(entry); };
})();
"""


class ModuleFiles(Protocol):
    """Where modules are looked for: the disk, or what notes each look."""

    def find(self, path: str) -> str | None:
        """Return the file at a path, or None where there is none."""

    def read(self, path: str) -> bytes:
        """Return the bytes of a file that was found."""


class _Disk:
    def find(self, path: str) -> str | None:
        return os.path.realpath(path) if os.path.isfile(path) else None

    def read(self, path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()


def bundle_commonjs(
    entry: str, *, label: str, replaced: Mapping[str, str] | None = None, text: str | None = None
) -> Script:
    """Return all that ``entry`` requires as one script; ``assetbuildRequire()`` is its exports.

    ``text`` stands in for an entry that is no file. ``replaced`` gives the text of modules that
    the engine has no use for ("fs"). What cannot be found throws only when it is required.
    """
    replaced = replaced or {}
    disk = _Disk()
    ids: dict[str, str] = {}
    links: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    pending = [os.path.realpath(entry)]
    while pending:
        path = pending.pop()
        if path in ids:
            continue
        ids[path] = f"m{len(ids)}"
        if path in replaced:
            texts[path], links[path] = replaced[path], {}
            continue
        source = text if text is not None and len(ids) == 1 else disk.read(path).decode()
        if path.endswith(".json"):
            texts[path], links[path] = f"module.exports = {json.dumps(json.loads(source))};", {}
            continue
        texts[path] = source
        links[path] = {}
        for name in find_requires(source):
            found = name if name in replaced else resolve_module(name, os.path.dirname(path), disk)
            if found is not None:
                links[path][name] = found
                pending.append(found)
    order = list(ids)
    parts = [
        "(function () {\n",
        f"var entry = {json.dumps(ids[order[0]])};\nvar linked = ",
        json.dumps(
            {ids[path]: {name: ids[found] for name, found in links[path].items()} for path in order}
        ),
        ";\nvar defined = {\n",
    ]
    parts += [
        f"{ids[path]}: function (module, exports, require) {{\n{texts[path]}\n}},\n"
        for path in order
    ]
    parts += ["};\n", _RUNTIME, "})();\n"]
    return Script(label, "".join(parts))


def find_requires(text: str) -> tuple[str, ...]:
    """Return the names that a module's ``require`` calls write out, in order."""
    return tuple(match.group(1) or match.group(2) for match in _REQUIRE.finditer(text))


def resolve_module(
    name: str, folder: str, files: ModuleFiles, *, top: str | None = None
) -> str | None:
    """Return the file that ``require(name)`` means in a module of a folder, or None.

    ``top`` is the highest folder whose node_modules count; None: that of the disk.
    """
    if name.startswith("."):
        return _find_file(os.path.normpath(os.path.join(folder, name)), files)
    while True:
        found = _find_file(os.path.join(folder, "node_modules", name), files)
        parent = os.path.dirname(folder)
        if found is not None or folder in (parent, top):
            return found
        folder = parent


def _find_file(path: str, files: ModuleFiles) -> str | None:
    for one in (path, f"{path}.js", f"{path}.cjs", f"{path}.json"):
        found = files.find(one)
        if found is not None:
            return found
    description = files.find(os.path.join(path, "package.json"))
    main = json.loads(files.read(description)).get("main") if description else None
    mains = (main, f"{main}.js", os.path.join(main, "index.js")) if isinstance(main, str) else ()
    for one in (*mains, "index.js"):
        found = files.find(os.path.normpath(os.path.join(path, one)))
        if found is not None:
            return found
    return None
