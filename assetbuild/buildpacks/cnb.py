"""The same chain as a Cloud Native Buildpack: what goes into its layers folder.

In: the release, the Procfile, the chain's EnvPatch. Out: files by relative path, as text.
Refuses to know: where the layers folder is.
Source: https://github.com/buildpacks/spec/blob/buildpack/0.10/buildpack.md (launch.toml, layer
content metadata, environment variable modification rules).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from assetbuild.environ import EnvPatch

API = "0.10"
CACHE_LAYER = "cache"
CHAIN_LAYER = "chain"
_TYPE = re.compile(r"[A-Za-z0-9._-]+\Z")
# since API 0.9 a process is started without a shell and without profile scripts: do as the
# platform of the classic packs does, in the app's folder, which is the working directory
_BOOT = (
    'export HOME="$PWD"; shopt -s nullglob; '
    'for one in .profile.d/*.sh; do source "$one"; done; shopt -u nullglob; '
)


def render_launch(processes: Mapping[str, str]) -> str:
    """Return launch.toml: a process a type, ``web`` the default one; sorted."""
    lines: list[str] = []
    for name in sorted(processes):
        if not _TYPE.match(name):
            continue
        lines += [
            "[[processes]]",
            f"type = {_toml(name)}",
            f'command = ["bash", "-c", {_toml(_BOOT + processes[name])}]',
            f"default = {'true' if name == 'web' else 'false'}",
            "",
        ]
    return "\n".join(lines)


def render_layer(*, is_launch: bool, is_build: bool, is_cache: bool) -> str:
    """Return <layer>.toml."""
    return "\n".join(
        [
            "[types]",
            f"launch = {_bool(is_launch)}",
            f"build = {_bool(is_build)}",
            f"cache = {_bool(is_cache)}",
            "",
        ]
    )


def list_layer_files(processes: Mapping[str, str], env: EnvPatch) -> dict[str, str]:
    """Return every file of the layers folder but the cache's content: relative path -> text.

    Later buildpacks get what the packs exported (``env.build``); a CNB cannot unset a variable.
    """
    files = {
        "launch.toml": render_launch(processes),
        f"{CACHE_LAYER}.toml": render_layer(is_launch=False, is_build=False, is_cache=True),
        f"{CHAIN_LAYER}.toml": render_layer(is_launch=False, is_build=True, is_cache=False),
    }
    for name, value in sorted(env.set.items()):
        files[f"{CHAIN_LAYER}/env.build/{name}.override"] = value
    return files


def _toml(text: str) -> str:
    # a JSON string is a TOML basic string, but for DEL, which TOML wants escaped
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _bool(value: bool) -> str:
    return "true" if value else "false"
