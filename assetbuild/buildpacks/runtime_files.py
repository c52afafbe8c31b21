"""Put the runtime of the release phase into a slug.

In: a build folder. Out: files below .assetbuild/runtime and .profile.d, what they weigh, and a
line that lets the chain's Python import assetbuild.
Which files, and why, is decided in runtime.py.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.runtime import (
    CHAIN_PYTHON,
    DISTRIBUTIONS,
    FOLDER,
    LIBRARIES,
    OWN,
    PATH_FILE,
    PROFILE,
    CopiedFile,
    Interpreter,
    is_usable,
    list_interpreter,
    list_libraries,
    list_package,
    parse_ldd,
    parse_loader,
    render_launcher,
    render_main,
    render_path_file,
    render_profile,
)
from assetbuild.buildpacks.runtime_parts import write_parts
from assetbuild.files import atomic_copy, atomic_write
from assetbuild.jsontype import parse_json
from assetbuild.process import Command, run
from assetbuild.trees import remove_tree

_PROBE_S = 30.0
# the standard library reads TOML since 3.11
_TOML = () if sys.version_info >= (3, 11) else ("tomli",)
# ssl: a Python without it cannot publish
_PROBE = """
import json, site, ssl, sys
print(json.dumps({"version": sys.version_info[:2], "sites": site.getsitepackages()}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeReport:
    """What the slug carries for the release phase."""

    python: str  # "3.12", or "3.12 of the chain"
    library_bytes: int  # assetbuild and the publish dependencies, byte code included
    interpreter_bytes: int  # the copied interpreter with its libraries; 0: the chain's is used


def install_runtime(build_dir: Path, *, env: Mapping[str, str]) -> RuntimeReport:
    """Write the runtime into a build folder, in place of an earlier one.

    ``env`` is the environment of the build machine: PATH to find ldd.
    """
    folder = build_dir / FOLDER
    remove_tree(folder)
    own = [*list_package(Path(__file__).parent.parent), *list_libraries(_TOML, folder=OWN)]
    _copy([*own, *list_libraries(DISTRIBUTIONS, folder=LIBRARIES)], folder)
    interpreter = _find_chain_python(build_dir, env)
    shared: dict[str, str] = {}
    if interpreter is None:
        interpreter, shared = _copy_interpreter(folder, env)
    atomic_write(folder / "main.py", render_main().encode())
    atomic_write(folder / "bin/assetbuild", render_launcher(interpreter).encode(), mode=0o755)
    atomic_write(build_dir / PROFILE, render_profile().encode())
    if interpreter.site is not None:
        line = render_path_file(interpreter.site)
        atomic_write(build_dir / interpreter.site / PATH_FILE, line.encode())
    _compile(folder, build_dir, interpreter, env)
    write_parts(folder, (*DISTRIBUTIONS, *_TOML), shared, env=env)
    version = f"{interpreter.version[0]}.{interpreter.version[1]}"
    copied = interpreter.python.startswith(FOLDER)
    return RuntimeReport(
        python=version if copied else f"{version} of the chain",
        library_bytes=_weigh(folder / OWN) + _weigh(folder / LIBRARIES),
        interpreter_bytes=_weigh(folder / "python"),
    )


def _copy(files: list[CopiedFile], folder: Path) -> None:
    for one in files:
        mode = 0o755 if os.access(one.source, os.X_OK) else 0o644
        atomic_copy(one.source, folder / one.target, mode=mode)


def _find_chain_python(build_dir: Path, env: Mapping[str, str]) -> Interpreter | None:
    """Return the Python that a pack of the chain left, when it runs and is new enough."""
    python = build_dir / CHAIN_PYTHON
    if not python.exists():
        return None
    done = run(
        Command(
            # -B: byte code would hold the time at which the pack wrote the source
            argv=(str(python), "-I", "-B", "-c", _PROBE),
            cwd=build_dir,
            env=_chain_environ(build_dir, env),
            timeout_s=_PROBE_S,
        )
    )
    if done.exit_code != 0:
        return None
    try:
        told = parse_json(done.stdout)
        version = (int(told["version"][0]), int(told["version"][1]))
        sites = [str(one) for one in told["sites"]]
    except (ValueError, KeyError, TypeError, IndexError):
        return None  # a wrapper that prints something else
    if not is_usable(version):
        return None
    site = _choose_site(build_dir, sites)
    return Interpreter(python=CHAIN_PYTHON, loader=None, version=version, site=site)


def _choose_site(build_dir: Path, sites: list[str]) -> str | None:
    """Return the first site-packages that lies in the build folder, below it."""
    root = build_dir.resolve()
    for one in sites:
        folder = Path(one).resolve()
        if folder.is_dir() and folder.is_relative_to(root):
            return folder.relative_to(root).as_posix()
    return None


def _plain(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith(("PYTHON", "LD_"))}


def _chain_environ(build_dir: Path, env: Mapping[str, str]) -> dict[str, str]:
    # the same folder that the pack's .profile.d names at run time
    library = (build_dir / CHAIN_PYTHON).parent.parent / "lib"
    return {**_plain(env), "LD_LIBRARY_PATH": str(library)}


def _copy_interpreter(folder: Path, env: Mapping[str, str]) -> tuple[Interpreter, dict[str, str]]:
    """Copy the interpreter that runs us; return it, and its libraries: name -> where it came from."""
    version = (sys.version_info.major, sys.version_info.minor)
    name = f"python{version[0]}.{version[1]}"
    executable = Path(getattr(sys, "_base_executable", "") or sys.executable)
    _copy([*list_interpreter(executable, Path(sysconfig.get_path("stdlib")), version)], folder)
    program = folder / "python/bin" / name
    modules = sorted((folder / "python").rglob("*.so"))
    told = [_ldd(executable.resolve(), env), *(_ldd(path, env) for path in modules)]
    shared: dict[str, str] = {}
    for text in told:
        shared.update(parse_ldd(text))
    # a library that only a module needs which was left out is not here: ldd was asked of the copies
    _copy(
        [
            CopiedFile(source=Path(path), target=f"python/shared/{library}")
            for library, path in sorted(shared.items())
        ],
        folder,
    )
    interpreter = Interpreter(
        python=f"{FOLDER}/{program.relative_to(folder).as_posix()}",
        loader=parse_loader(told[0]),
        version=version,
    )
    return interpreter, shared


def _ldd(path: Path, env: Mapping[str, str]) -> str:
    done = run(
        Command(argv=("ldd", str(path)), cwd=path.parent, env=_plain(env), timeout_s=_PROBE_S)
    )
    return done.stdout.decode("utf-8", "replace")


def _compile(
    folder: Path, build_dir: Path, interpreter: Interpreter, env: Mapping[str, str]
) -> None:
    """Write byte code: a dyno's disk is new at each start, so it would be made again and again."""
    argv: tuple[str, ...] = (str(build_dir / interpreter.python),)
    if interpreter.loader is not None:
        argv = (interpreter.loader, "--library-path", str(folder / "python/shared"), *argv)
    holding = (folder / OWN, folder / LIBRARIES, folder / "python/lib")
    folders = [str(one) for one in holding if one.is_dir()]
    machine = _chain_environ(build_dir, env) if interpreter.loader is None else _plain(env)
    run(
        Command(
            # unchecked-hash: no time in the files, and no look at the source at each start;
            # -s: the path of the build folder stays out of them; -B: compileall itself leaves none
            argv=(
                *argv,
                "-s",
                "-B",
                "-m",
                "compileall",
                "-q",
                "-s",
                str(build_dir),
                "--invalidation-mode",
                "unchecked-hash",
                *folders,
            ),
            cwd=folder,  # -m puts it on the path, and no module of the app may lie there
            # the order of a set in byte code follows the hash seed
            env={**machine, "PYTHONHASHSEED": "0"},
        )
    )


def _weigh(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
