"""The build phase of a Cloud Native Buildpack: the same chain, its answers written as layers.

In: the folders of the lifecycle. Out: a BuiltSlug, and files in the layers folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.cnb import CACHE_LAYER, CHAIN_LAYER, list_layer_files
from assetbuild.buildpacks.environment import DEFAULT_STACK, STACKS
from assetbuild.buildpacks.place import PlaceRequest
from assetbuild.buildpacks.procfile import merge_process_types, parse_procfile
from assetbuild.config.load import load_config
from assetbuild.files import atomic_write
from assetbuild.jobs.chain import BuiltSlug, ChainRequest, build_slug
from assetbuild.jobs.packs import LoadPacks
from assetbuild.reporting import Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersRequest:
    """The folders that a lifecycle gives to bin/build."""

    app: Path  # the working directory
    layers: Path  # CNB_LAYERS_DIR
    platform: Path  # CNB_PLATFORM_DIR; its env/ is what ENV_DIR is for the classic scripts
    shared_tmp: Path = Path("/tmp")  # as of PlaceRequest
    load: LoadPacks | None = None  # as of ChainRequest


def build_layers(
    request: LayersRequest, *, host: Mapping[str, str], reporter: Reporter
) -> BuiltSlug:
    """Run the chain on the app and describe what it made to the lifecycle."""
    limit = load_config(request.app).chain.time_limit_s
    built = build_slug(
        ChainRequest(
            place=PlaceRequest(
                build_dir=request.app,
                cache_dir=request.layers / CACHE_LAYER,
                env_dir=request.platform / "env",
                stack=find_stack(host),
                time_limit_s=limit or None,
                shared_tmp=request.shared_tmp,
            ),
            load=request.load,
        ),
        host=host,
        reporter=reporter,
    )
    if not built.ok:
        return built
    procfile = request.app / "Procfile"
    named = parse_procfile(procfile.read_text("utf-8", "replace")) if procfile.is_file() else {}
    processes = merge_process_types(named, built.release.process_types)
    for path, text in list_layer_files(processes, built.env).items():
        atomic_write(request.layers / path, text.encode("utf-8", "surrogateescape"))
    # a lifecycle may refuse <layer>.toml without its folder: without exports nothing is in it
    (request.layers / CHAIN_LAYER).mkdir(exist_ok=True)
    return built


def find_stack(host: Mapping[str, str]) -> str:
    """Return the stack of a builder image: CNB_STACK_ID, or the distribution that newer ones tell."""
    for value in (host.get("STACK"), host.get("CNB_STACK_ID")):
        if value in STACKS:
            return value
    version = host.get("CNB_TARGET_DISTRO_VERSION", "")
    stack = f"heroku-{version.partition('.')[0]}"
    return stack if stack in STACKS else DEFAULT_STACK
