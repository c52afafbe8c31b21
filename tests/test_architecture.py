"""The rules of the house (docs/explanation/architecture.md), read from the imports themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "assetbuild"
MODULES = sorted(PACKAGE.rglob("*.py"))

LEAVES = {
    "ages",
    "annotations",
    "asset_base",
    "diagnostics",
    "paths",
    "environ",
    "media",
    "redact",
    "suggest",
    "digests",
    "globs",
    "jsontype",
    "lines",
    "codes",
    "components",
    "python_source",
    "sizes",
    "urlparts",
    "wrapping",
}
PORTS = {
    "beside",
    "config",
    "cores",
    "descendants",
    "disk",
    "files",
    "locks",
    "process",
    "reporting",
    "scratch",
    "streams",
    "trees",
    "walking",
    "watching",
    "web",
    "workers",
}
CONCERNS = {"buildpacks", "assets", "publish", "serve", "doctor"}
LAYERS: dict[str, int] = {
    **dict.fromkeys(LEAVES, 0),
    **dict.fromkeys(PORTS, 1),
    **dict.fromkeys(CONCERNS, 2),
    "integrations": 3,
    "jobs": 3,
    "cli": 4,
    "__main__": 5,
    # the way in: they run before anything is installed
    "source_builds": 5,
    "pip_install": 6,
    "bootstrap": 7,
    "start": 8,
}
# target modules that another concern may import, and who may
SHARED = {
    "assets.manifest": {"publish", "serve", "integrations"},
    "assets.model": {"publish", "serve", "integrations"},
    # the uploader and the origin send the same headers from one place
    "publish.headers": {"serve", "integrations"},
    # Django and Flask have static folders of their own, which may be roots
    "assets.roots": {"serve"},
    # the dev server answers from what a build says it did
    "assets.result": {"serve"},
    # Django's system checks and the doctor judge the same settings
    "doctor.django": {"integrations"},
    # a framework's own dev server builds too: this job hands it the builder
    "jobs.serve": {"integrations"},
    # manage.py assetbuild is this command with its options, under Django's name
    "cli.main": {"integrations"},
    "cli.compile": {"integrations"},
}
# the only modules that may use these (pip_install runs before any other can be imported); heavy or effectful libraries
SOLE_USERS = {
    "subprocess": {"process", "pip_install"},
    "tempfile": {"scratch", "cli.context"},
}
# heavy libraries that `assetbuild --help` must not load
HEAVY = ("botocore", "PIL", "dukpy", "sass", "rcssmin", "brotli", "yaml", "uvicorn", "watchfiles")
MAX_LINES = 400


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_imports(path: Path) -> set[str]:
    names = {module_name(one) for one in MODULES}
    prefix = "assetbuild."
    inside = {one[len(prefix) :] for one in imports_of(path) if one.startswith(prefix)}
    return inside & names


def room_of(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_go_down_only(path: Path) -> None:
    name = module_name(path)
    room = room_of(name)
    if not room:
        return
    assert room in LAYERS, f"{name} is in no layer"
    for target in own_imports(path) - {""}:
        other = room_of(target)
        if other == room or room in SHARED.get(target, set()):
            continue
        if room in LEAVES and other in LEAVES:
            continue
        if room in PORTS and other in PORTS:
            continue
        if room == "integrations":
            assert other in LEAVES | {"serve"}, f"{name} imports {target}"
            continue
        assert LAYERS[other] < LAYERS[room], f"{name} imports {target}"


def test_every_room_of_the_layers_is_there() -> None:
    rooms = {room_of(module_name(path)) for path in MODULES} - {""}
    assert rooms == set(LAYERS)
    modules = {module_name(path) for path in MODULES}
    assert {*SHARED, *(user for users in SOLE_USERS.values() for user in users)} <= modules


def test_there_is_no_import_cycle() -> None:
    graph = {module_name(path): own_imports(path) for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join((*trail, name))}"
        if name not in done:
            for target in sorted(graph[name] - {name}):
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_effectful_libraries_have_one_user(path: Path) -> None:
    found = imports_of(path)
    for library, users in SOLE_USERS.items():
        if library in found:
            assert module_name(path) in users, f"{module_name(path)} imports {library}"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_leaves_import_only_the_standard_library(path: Path) -> None:
    if room_of(module_name(path)) in LEAVES:
        outside = {one.partition(".")[0] for one in imports_of(path)} - {"assetbuild"}
        assert outside <= set(sys.stdlib_module_names)


def test_no_python_file_is_over_400_lines() -> None:
    folders = ("tests", "benchmarks", "conformance", "fuzz", "examples", "fixtures", "docs")
    ours = [*MODULES, *(one for folder in folders for one in (ROOT / folder).rglob("*.py"))]
    long = {str(one.relative_to(ROOT)): len(one.read_text().splitlines()) for one in ours}
    assert {name: count for name, count in long.items() if count > MAX_LINES} == {}


def test_init_files_are_empty() -> None:
    for path in MODULES:
        if path.name == "__init__.py" and path.parent != PACKAGE:
            assert path.read_text() == "", path


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; from assetbuild.cli.main import main; main(['--help']);"
        f"loaded = [one for one in {HEAVY!r} if one in sys.modules]; assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
