"""The environment of a pack's scripts, as the platform builds it.

Rules 4 to 8 of docs/explanation/packs.md.

In: the environment of our process, a stack, folders. Out: new mappings.
Refuses to know: which packs run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.environ import is_variable_name

STACKS = ("heroku-22", "heroku-24", "heroku-26")
DEFAULT_STACK = "heroku-24"
PLATFORM_HOME = "/app"
PLATFORM_PATH = "/usr/local/bin:/usr/bin:/bin"
LOG_FILE = "/dev/fd/3"

# rule 8: a config var of such a name would break the program that receives it
DENIED = frozenset(
    [
        "PATH",
        "GIT_DIR",
        "CPATH",
        "CPPATH",
        "LD_PRELOAD",
        "LIBRARY_PATH",
        "LD_LIBRARY_PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "IFS",
        "LANG",
        "BUILD_DIR",
        "HOME",
    ]
)
# what a machine behind a proxy or with its own certificates needs; absent on the platform
_MACHINE = frozenset(
    [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "NODE_EXTRA_CA_CERTS",
        "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "GIT_SSL_CAINFO",
    ]
)
_MACHINE_PREFIXES = ("PIP_", "NPM_CONFIG_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the scripts are told of the machine and of the build."""

    stack: str  # a real stack name
    home: str  # HOME of the scripts: /app, or the folder that is built
    path: str = PLATFORM_PATH  # PATH of the first pack
    dyno: str = "build.1"  # DYNO
    request_id: str = ""  # REQUEST_ID
    source_version: str = ""  # SOURCE_VERSION: commit of the app, where known


def build_environ(machine: Machine, host: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the first pack's scripts; config vars are not in it (rule 6)."""
    return {
        **{name: value for name, value in host.items() if is_machine_variable(name)},
        "DYNO": machine.dyno,
        "HOME": machine.home,
        "LANG": "en_US.UTF-8",
        "PATH": machine.path,
        "REQUEST_ID": machine.request_id,
        "SOURCE_VERSION": machine.source_version,
        "STACK": machine.stack,
        "BUILDPACK_LOG_FILE": LOG_FILE,
    }


def is_machine_variable(name: str) -> bool:
    """Tell whether a variable is about the machine's network and registries, not about the app."""
    upper = name.upper()
    return upper in _MACHINE or upper.startswith(_MACHINE_PREFIXES)


def choose_stack(asked: str | None, host: Mapping[str, str]) -> str:
    """Return the stack to tell the packs: the one asked for, the platform's, or the default.

    Errors: ``chain/unknown-stack``.
    """
    stack = asked or host.get("STACK") or DEFAULT_STACK
    if stack not in STACKS:
        raise AssetbuildError(
            error(
                "chain/unknown-stack",
                # JSON: a variable may hold a newline
                f"there is no stack {json.dumps(stack, ensure_ascii=False)}",
                hint=f"use one of {', '.join(STACKS)}: packs download binaries by this name",
            )
        )
    return stack


def read_config_vars(folder: Path | None) -> dict[str, str]:
    """Return the config vars of an ENV_DIR, sorted by name; a folder that is missing has none.

    A value is the file as it is: no newline is cut, bytes that are not UTF-8 survive.
    Names that are not a variable's, and those of rule 8, are left out.
    """
    if folder is None or not folder.is_dir():
        return {}
    return {
        path.name: path.read_bytes().decode("utf-8", "surrogateescape")
        for path in sorted(folder.iterdir())
        if path.is_file() and is_variable_name(path.name) and path.name not in DENIED
    }


def list_denied(folder: Path | None) -> tuple[str, ...]:
    """Return the names in an ENV_DIR that rule 8 keeps from every process, sorted."""
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(path.name for path in folder.iterdir() if path.name in DENIED))


def allow_names(values: Mapping[str, str], names: tuple[str, ...] | None) -> dict[str, str]:
    """Return the config vars that an allow-list admits; no list admits all."""
    return {name: value for name, value in values.items() if names is None or name in names}
