"""Run the tests of every pack on a slug that test-compile made.

In: folders, the environment of our process. Out: how each pack's tests ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assetbuild.buildpacks.chain import ChainPack
from assetbuild.buildpacks.conduct import ask_detect, find_reason_to_skip
from assetbuild.buildpacks.environment import DENIED
from assetbuild.buildpacks.place import PlaceRequest, open_place
from assetbuild.buildpacks.run import Workplace, has_script, prepare_pack, write_env_dir
from assetbuild.buildpacks.tap import TestedPack
from assetbuild.config.load import load_config
from assetbuild.jobs.packs import STORE_FOLDER, LoadPacks, PackSource, make_loader
from assetbuild.process import Command
from assetbuild.reporting import Reporter
from assetbuild.streams import stream

# As the platform boots a process: the scripts in name order, by bash, in the app's folder.
# nullglob, so that an app without .profile.d sources nothing; set +eu: they are not ours.
_BOOT = (
    'cd "$1"; shopt -s nullglob; for one in .profile.d/*.sh; do source "$one"; done; '
    'shopt -u nullglob; cd "$2"; shift 2; exec "$@"'
)


def run_pack_tests(
    request: PlaceRequest,
    *,
    host: Mapping[str, str],
    reporter: Reporter,
    load: LoadPacks | None = None,
) -> tuple[TestedPack, ...]:
    """Run every pack's bin/test, also after one failed, and return how each ended."""
    config = load_config(request.build_dir)
    tested: list[TestedPack] = []
    with open_place(request, host=host, reporter=reporter) as place:
        load = load or make_loader(
            PackSource(store=request.cache_dir / STORE_FOLDER, host=host, reporter=reporter)
        )
        packs = load(request.build_dir, config, place.work_dir / "packs")
        for pack in packs:
            prepare_pack(pack)
            if find_reason_to_skip(pack, place) is not None:
                continue
            found = ask_detect(pack, place, env=dict(place.base_env))
            if not found.applies:
                continue
            tested.append(_test_pack(pack, place, found.name or pack.label, reporter))
    return tuple(tested)


def _test_pack(pack: ChainPack, place: Workplace, name: str, reporter: Reporter) -> TestedPack:
    if not has_script(pack, "test"):
        return TestedPack(name=name, exit_code=None)
    reporter.step(f"Testing: {name}")
    seen = place.seen_folder_of(pack)
    env_dir = write_env_dir(pack, place)
    allowed = {path.name: place.config_vars[path.name] for path in Path(env_dir).iterdir()}
    script = (f"{pack.root}/bin/test", seen, str(env_dir))
    done = stream(
        Command(
            argv=place.wrap(
                ("/bin/bash", "-c", _BOOT, "bash", seen, str(pack.root), *script), cwd=seen
            ),
            cwd=place.folder_of(pack),
            env={
                **{key: value for key, value in allowed.items() if key not in DENIED},
                **place.base_env,
                "CI": "true",
            },
            timeout_s=place.left_s(),
        ),
        on_line=reporter.output,
        ends_strays=True,
    )
    code = done.exit_code if not done.is_timed_out else (done.exit_code or 1)
    return TestedPack(name=name, exit_code=code, seconds=done.seconds, tail=done.tail)
