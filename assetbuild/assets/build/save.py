"""Keep what a build saw and made, for the next one: snapshot, records, what it may take over.

In: a build that ended well. Out: the state on disk. Where it cannot be written the next build is
slower, and that is all.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.records import patch_records, update_records
from assetbuild.assets.build.remembered import dump_remembered
from assetbuild.assets.build.state import Snapshot, StateFile, stamp_of, stat_output
from assetbuild.assets.build.values import Built
from assetbuild.assets.build.write import files_of
from assetbuild.assets.diagnostic_rows import pack_diagnostic
from assetbuild.assets.encodings import digest_plan
from assetbuild.assets.manifest import MANIFEST_NAME
from assetbuild.assets.result import BuildResult
from assetbuild.assets.roots import USUAL_ROOTS
from assetbuild.config.load import CONFIG_NAME
from assetbuild.config.model import Config
from assetbuild.digests import sha256_hex
from assetbuild.jsontype import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedBuild:
    """What is kept of a build."""

    config: Config
    stamp: Mapping[str, str]  # versions and options
    built: Built
    result: BuildResult
    output: OutputFolder
    ledger: list[list[str]]  # files of builds before this one that are kept
    seen: Snapshot | None  # what the last build saw, if only a scope was made again


def save_build(state: StateFile, saved: SavedBuild) -> None:
    """Write everything."""
    before = state.read_records()
    records = None
    if saved.seen is not None:
        records = patch_records(before, saved.built.records)
    if records is None:
        records = update_records(before, saved.built.records)
    survey = dump_remembered(saved.built.remembered)
    snapshot = _take_snapshot(saved, records, survey)
    with contextlib.suppress(OSError):
        if records != before:
            state.save_records(records)
        if survey != state.read_survey():
            state.save_survey(survey)
        state.save(snapshot)


def _take_snapshot(saved: SavedBuild, records: bytes, survey: bytes) -> Snapshot:
    built, result, seen = saved.built, saved.result, saved.seen
    folder = saved.output
    names = {*files_of(built.manifest.entries.values()), MANIFEST_NAME}
    facts: dict[str, Json] = {
        "output": str(result.output),
        "found": result.stats.sources,
        "diagnostics": [pack_diagnostic(one) for one in result.diagnostics],
        "watched": [*result.watched],
        "sources": {str(name): file for name, file in built.sources.items()},
        "ledger": [[*one] for one in saved.ledger],
        "foreign": {name: [*one] for name, one in built.foreign.items()},
        "variants": digest_plan(built.variants),
        "folders": folder.stat_folders({os.path.dirname(one) for one in names}),
        "records": sha256_hex(records),
        "survey": sha256_hex(survey),
    }
    outputs: dict[str, tuple[int, int, int]] = {}
    # what a scope leaves alone was looked at when the difference was found
    left = {} if seen is None else seen.outputs
    made = {*files_of(built.entries.values()), MANIFEST_NAME}
    for name in sorted(names):
        path = f"{result.output}/{name}"
        known = folder.seen.get(name) or (None if name in made else left.get(path))
        outputs[path] = known or stat_output(path)
    if seen is None:
        _note_all(saved)
    folders = {} if seen is None else {**seen.folders}
    for path in built.inputs.glob_folders():
        _add_folder(folders, path)
    if built.survey.discovery is not None:
        folders |= {
            one.path: (one.mtime_ns, one.inode, one.names) for one in built.survey.discovery.folders
        }
        for path in built.roots.looked_at:
            # the project's own folder changes with every log file; usual roots are in "absent"
            if path != str(saved.config.project):
                _add_folder(folders, path)
    files, absent = built.inputs.files(), built.inputs.absent()
    return Snapshot(
        stamp=saved.stamp,
        taken_ns=built.taken_ns if seen is None else seen.taken_ns,
        files=files if seen is None else {**seen.files, **files},
        absent=absent if seen is None else tuple(sorted({*seen.absent, *absent})),
        folders=folders,
        outputs=outputs,
        facts=facts,
    )


def _note_all(saved: SavedBuild) -> None:
    """Note what no step reads, and what would change where sources are looked for."""
    inputs, config = saved.built.inputs, saved.config
    discovery = saved.built.survey.discovery
    paths = [*config_files(config)]
    if discovery is not None:
        # what only sprites take is read by no step, and its change must not pass unseen
        paths += [one.file.path for one in discovery.sources.values()]
        paths += discovery.hidden
    for path in paths:
        inputs.note_seen(path)
    if not config.assets.roots:
        usual = [os.path.join(config.project, one) for one in USUAL_ROOTS]
        inputs.note_absent(one for one in usual if not os.path.isdir(one))
        manage = os.path.join(config.project, "manage.py")
        inputs.note_absent([] if os.path.exists(manage) else [manage])


def _add_folder(folders: dict[str, tuple[int, int, str]], path: str) -> None:
    if path not in folders and os.path.isdir(path):
        stamp = stamp_of(os.stat(path))
        folders[path] = (stamp[1], stamp[2], "")


def config_files(config: Config) -> tuple[str, ...]:
    """Return where a project's configuration is looked for, absolute."""
    return (str(config.project / CONFIG_NAME), str(config.project / "pyproject.toml"))
