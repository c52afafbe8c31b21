"""Build the assets after the last pack, in a process of its own, with the chain's programs.

In: a Workplace, what the chain did, the names of config vars that may matter. Out: how it ended.
Refuses to know: how assets are built. The chain's environment never enters our own process, and
of it only PATH enters the asset build: PYTHONHOME of a python pack would kill another Python.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.chain import ChainState
from assetbuild.buildpacks.environment import is_machine_variable
from assetbuild.buildpacks.run import Workplace
from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.digests import digest_parts
from assetbuild.process import Command
from assetbuild.streams import Streamed, stream

RECORD_NAME = "manifest.env.json"
# -I keeps PYTHON* and the user's site out; the paths of this very program are handed on by hand
_START = """
import sys
sys.path[:0] = sys.argv.pop(1).splitlines()
from assetbuild.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildVars:
    """The config vars that an asset build sees."""

    values: Mapping[str, str]  # name -> value
    missing: tuple[str, ...]  # names that the configuration lists and the app does not set


def choose_build_vars(config_vars: Mapping[str, str], names: Sequence[str]) -> BuildVars:
    """Return the config vars that ``[env] build`` lists; none by default."""
    return BuildVars(
        values={name: config_vars[name] for name in sorted(set(names)) if name in config_vars},
        missing=tuple(sorted(name for name in set(names) if name not in config_vars)),
    )


def warn_missing(chosen: BuildVars) -> tuple[Diagnostic, ...]:
    """Return a warning for each name that is listed and not set."""
    return tuple(
        warning(
            "env/not-set",
            f'[env] build lists "{name}", which is no config var of this app',
            hint=f"set it before the build: heroku config:set {name}=…",
        )
        for name in chosen.missing
    )


def asset_environ(
    base: Mapping[str, str], state: ChainState, chosen: BuildVars, *, cache_dir: Path
) -> dict[str, str]:
    """Return the whole environment of the asset build."""
    chained = state.env.apply(base)
    kept = {
        name: value
        for name, value in chained.items()
        if name in {"PATH", "HOME", "LANG", "DYNO", "STACK"} or is_machine_variable(name)
    }
    return {**chosen.values, **kept, "ASSETBUILD_CACHE_DIR": str(cache_dir)}


def render_record(chosen: BuildVars) -> bytes:
    """Return the side file of the manifest: which config vars went in, by a digest of each value.

    A slug is promoted between apps: with this file another app can tell that its value differs,
    and no value is written down.
    """
    document = {
        "schema": 1,
        "env": {name: digest_parts("env", (name, value)) for name, value in chosen.values.items()},
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def run_asset_build(
    place: Workplace,
    state: ChainState,
    chosen: BuildVars,
    *,
    on_line: Callable[[str], None],
) -> Streamed:
    """Run ``assetbuild compile`` on the built folder."""
    paths = "\n".join(str(Path(one).absolute()) for one in sys.path if one)
    own = ("compile", "--release", "--project", place.seen_dir)
    argv = (sys.executable, "-I", "-c", _START, paths, *own)
    return stream(
        Command(
            argv=place.wrap(argv, cwd=place.seen_dir),
            cwd=place.build_dir,
            env=asset_environ(place.base_env, state, chosen, cache_dir=place.cache_dir / "assets"),
            timeout_s=place.left_s(),
        ),
        on_line=on_line,
        ends_strays=True,
    )
