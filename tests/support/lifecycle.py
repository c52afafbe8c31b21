"""The detect and build phases of a Cloud Native lifecycle, and strict readers of what they leave.

Source: the buildpack specification, API 0.10: "Phase #1: Detection", "Phase #3: Build",
"Environment", "Data Format". What a format does not name is an error here.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
LAUNCH: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "labels": {"type": "array"},
        "slices": {"type": "array"},
        "processes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "command"],
                "properties": {
                    # "MUST only contain numbers, letters, and the characters ., _, and -"
                    "type": {"type": "string", "pattern": r"^[A-Za-z0-9._-]+$"},
                    "command": {**_TEXTS, "minItems": 1},
                    "args": _TEXTS,
                    "default": {"type": "boolean"},
                    "working-dir": _TEXT,
                },
            },
        },
    },
}
LAYER: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "types": {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: {"type": "boolean"} for name in ("launch", "build", "cache")},
        },
        "metadata": {"type": "object"},
    },
}
BUILD: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"unmet": {"type": "array"}},
}
STORE: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"metadata": {"type": "object"}},
}
_RESERVED = {"launch.toml": LAUNCH, "build.toml": BUILD, "store.toml": STORE}
_VARIABLE = re.compile(r"[^=\0]+\.(override|append|prepend|default|delim)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """A lifecycle with one buildpack and one app."""

    buildpack: Path  # CNB_BUILDPACK_DIR
    app: Path  # working directory of both phases
    platform: Path  # CNB_PLATFORM_DIR, with env/
    layers: Path  # CNB_LAYERS_DIR
    env: Mapping[str, str]  # of the build image: PATH, HOME

    def detect(self) -> int:
        """Run bin/detect and return its exit code: 0 passes, 100 fails, else an error."""
        plan = self.platform / "plan.toml"
        return self._run("detect", [str(self.platform), str(plan)], CNB_BUILD_PLAN_PATH=str(plan))[
            0
        ]

    def build(self) -> tuple[int, str]:
        """Run bin/build and return its exit code and output."""
        self.layers.mkdir(exist_ok=True)
        plan = self.platform / "bp-plan.toml"
        plan.write_text("")
        return self._run(
            "build",
            [str(self.layers), str(self.platform), str(plan)],
            CNB_LAYERS_DIR=str(self.layers),
            CNB_BP_PLAN_PATH=str(plan),
        )

    def _run(self, script: str, arguments: list[str], **more: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(self.buildpack / "bin" / script), *arguments],
            cwd=self.app,
            env={
                **self.env,
                "CNB_BUILDPACK_DIR": str(self.buildpack),
                "CNB_PLATFORM_DIR": str(self.platform),
                "CNB_TARGET_OS": "linux",
                "CNB_TARGET_ARCH": "amd64",
                "CNB_TARGET_DISTRO_NAME": "ubuntu",
                "CNB_TARGET_DISTRO_VERSION": "24.04",
                **more,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def read_layers(folder: Path) -> dict[str, Any]:
    """Return name -> document of every TOML file of a layers folder, each checked by its format."""
    import jsonschema

    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.toml")):
        document = tomllib.loads(path.read_text("utf-8"))
        jsonschema.validate(document, _RESERVED.get(path.name, LAYER))
        if path.name not in _RESERVED:
            assert (folder / path.stem).is_dir(), f"{path.name} describes no layer"
        found[path.name] = document
    for variable in folder.glob("*/env*/*"):
        assert variable.parent.name in {"env", "env.build", "env.launch"}
        assert _VARIABLE.fullmatch(variable.name), f"{variable.name} has no suffix of the spec"
    defaults = [
        one for one in found.get("launch.toml", {}).get("processes", []) if one.get("default")
    ]
    assert len(defaults) <= 1, "at most one process is the default"
    return found
