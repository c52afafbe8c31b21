"""CommonJS packages as one script: what their ``require`` calls reach, wrapped.

In: the entry file of a package. Out: a Script that defines the global ``assetbuildRequire``.
Reads files below node_modules; refuses to know engines. Source: the CommonJS part of Node's
"Modules" documentation (resolution of files, folders and node_modules).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

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


def bundle_commonjs(
    entry: str, *, label: str, replaced: Mapping[str, str] | None = None, text: str | None = None
) -> Script:
    """Return all that ``entry`` requires as one script; ``assetbuildRequire()`` is its exports.

    ``text`` stands in for an entry that is no file. ``replaced`` gives the text of modules that
    the engine has no use for ("fs"). What cannot be found throws only when it is required.
    """
    replaced = replaced or {}
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
        source = text if text is not None and len(ids) == 1 else _read_text(path)
        if path.endswith(".json"):
            texts[path], links[path] = f"module.exports = {json.dumps(json.loads(source))};", {}
            continue
        texts[path] = source
        links[path] = {}
        for match in _REQUIRE.finditer(source):
            name = match.group(1) or match.group(2)
            found = name if name in replaced else _resolve(name, path)
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


def _read_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _resolve(name: str, importer: str) -> str | None:
    folder = os.path.dirname(importer)
    if name.startswith("."):
        return _find_file(os.path.join(folder, name))
    while True:
        found = _find_file(os.path.join(folder, "node_modules", name))
        if found is not None:
            return found
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _find_file(path: str) -> str | None:
    for one in (path, f"{path}.js", f"{path}.cjs", f"{path}.json"):
        if os.path.isfile(one):
            return os.path.realpath(one)
    description = os.path.join(path, "package.json")
    main = "index.js"
    if os.path.isfile(description):
        with open(description, encoding="utf-8") as file:
            main = json.load(file).get("main") or main
    for one in (main, f"{main}.js", os.path.join(main, "index.js"), "index.js"):
        target = os.path.join(path, one)
        if os.path.isfile(target):
            return os.path.realpath(target)
    return None
