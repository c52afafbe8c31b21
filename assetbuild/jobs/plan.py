"""Say what a chain would do: order, revisions, detect on a copy, whose release counts.

In: the folder of the app. Out: a ChainPlan. No compile runs, and the app is not touched.
"""

from __future__ import annotations

import contextlib
import dataclasses
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from assetbuild.buildpacks.conduct import ask_detect, find_reason_to_skip
from assetbuild.buildpacks.place import PlaceRequest, open_place
from assetbuild.buildpacks.run import has_script, prepare_pack
from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError, sort_diagnostics
from assetbuild.jobs.packs import LoadPacks, PackSource, find_user_store, make_loader
from assetbuild.jsontype import Json
from assetbuild.reporting import Reporter
from assetbuild.scratch import temporary_folder
from assetbuild.trees import copy_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPack:
    """One line of a plan."""

    label: str  # URL without secrets
    commit: str | None  # resolved sha, where it came from git
    dir: str | None  # folder of the app it works on
    name: str  # what detect said
    verdict: str  # "runs", "skipped: …" or "stops the build: …"
    has_release: bool  # it has a bin/release that would be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPlan:
    """What a chain would do."""

    packs: tuple[PlannedPack, ...]  # in order
    rule: str  # rule of the release
    release: tuple[str, ...]  # labels of the packs whose release counts

    @property
    def ok(self) -> bool:
        return not any(one.verdict.startswith("stops") for one in self.packs)

    def to_json(self) -> dict[str, Json]:
        return {
            "packs": [
                {
                    "url": one.label,
                    "commit": one.commit,
                    "dir": one.dir,
                    "name": one.name,
                    "verdict": one.verdict,
                    "has_release": one.has_release,
                }
                for one in self.packs
            ],
            "release": {"rule": self.rule, "packs": [*self.release]},
        }


def plan_chain(
    request: PlaceRequest,
    *,
    host: Mapping[str, str],
    reporter: Reporter,
    load: LoadPacks | None = None,
) -> ChainPlan:
    """Fetch the packs and ask each for its detect on one copy of the app, as it is now.

    What an earlier pack would write is not there, so a detect that waits for it says no here.
    """
    config = load_config(request.build_dir)
    planned: list[PlannedPack] = []
    with temporary_folder("assetbuild-plan-") as copies, contextlib.ExitStack() as stack:
        # a detect that writes does no harm to a copy
        copy = copies / "app"
        copy_tree(
            request.build_dir, copy, leave_out=lambda path, _: posixpath.basename(path) == ".git"
        )
        on_copy = dataclasses.replace(request, build_dir=copy)
        place = stack.enter_context(open_place(on_copy, host=host, reporter=reporter))
        load = load or make_loader(
            PackSource(store=find_user_store(host), host=host, reporter=reporter)
        )
        packs = load(request.build_dir, config, place.work_dir / "packs")
        lacking = [one for pack in packs for one in prepare_pack(pack)]
        if lacking:
            raise AssetbuildError(*sort_diagnostics(lacking))
        for pack in packs:
            folder = place.folder_of(pack)
            name, verdict = "", "runs"
            if not folder.is_dir():
                verdict = f'stops the build: there is no folder "{pack.dir}"'
            elif (reason := find_reason_to_skip(pack, place)) is not None:
                verdict = f"skipped: {reason}"
            else:
                found = ask_detect(pack, place, env=dict(place.base_env))
                name = found.name
                if not found.applies:
                    says = " ".join(found.done.tail)[:200] or "its detect says no"
                    verdict = f"skipped: {says}" if pack.is_optional else f"stops the build: {says}"
            planned.append(
                PlannedPack(
                    label=pack.label,
                    commit=pack.commit,
                    dir=pack.dir,
                    name=name,
                    verdict=verdict,
                    has_release=verdict == "runs" and has_script(pack, "release"),
                )
            )
    asked = tuple(one.label for one in planned if one.has_release)
    return ChainPlan(
        packs=tuple(planned),
        rule=config.chain.release,
        release=asked[-1:] if config.chain.release == "last" else asked,
    )
