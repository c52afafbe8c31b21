"""Run what CI services run: the steps of a composite action, the script lines of a recipe.

In: the YAML as it is in the repository. Out: what the shells printed. The small part of the
services' rules that these files use; anything else fails loudly.
Source: docs.github.com, "Metadata syntax for GitHub Actions" and "Workflow commands"; docs.gitlab.com,
"CI/CD YAML syntax", script.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARED = re.compile(r"([\w.-]+) == '([^']*)'")


@dataclass(kw_only=True)
class ActionRun:
    """A composite action on a runner."""

    folder: Path  # of the action: GITHUB_ACTION_PATH
    workspace: Path  # the checkout: where steps run
    temp: Path  # RUNNER_TEMP
    env: Mapping[str, str]  # of the runner
    inputs: Mapping[str, str]  # what the workflow gives
    steps: dict[str, dict[str, str]] = field(default_factory=dict)  # id -> outputs
    used: list[str] = field(default_factory=list)  # actions that were asked for; none is run
    printed: str = ""  # all steps, both streams

    def run(self) -> dict[str, str]:
        """Run every step whose condition holds and return the action's outputs."""
        action: dict[str, Any] = yaml.safe_load((self.folder / "action.yml").read_text())
        defaults = {name: str(one.get("default", "")) for name, one in action["inputs"].items()}
        assert set(self.inputs) <= set(defaults), "an input that the action does not have"
        self.inputs = {**defaults, **self.inputs}
        assert action["runs"]["using"] == "composite"
        for number, step in enumerate(action["runs"]["steps"]):
            if "if" in step and self._evaluate(step["if"]) != "true":
                continue
            if "uses" in step:
                self.used.append(step["uses"])
                continue
            assert set(step) <= {"id", "if", "shell", "env", "run"}, step
            self._run_step(step, self.temp / f"_step{number}")
        return {name: self._evaluate(one["value"]) for name, one in action["outputs"].items()}

    def _run_step(self, step: Mapping[str, Any], place: Path) -> None:
        assert step["shell"] == "bash"
        place.mkdir(parents=True)
        files = {name: place / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.touch()
        script = place / "script.sh"
        script.write_text(self._evaluate(step["run"]))
        env = {name: self._evaluate(str(value)) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            # the runner's own call for shell: bash
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env={
                **self.env,
                "GITHUB_ACTION_PATH": str(self.folder),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
                **{name: str(path) for name, path in files.items()},
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed += done.stdout + done.stderr
        assert done.returncode == 0, self.printed
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.steps[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        self.printed += files["GITHUB_STEP_SUMMARY"].read_text()

    def _evaluate(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self._value(match[1]), text)

    def _value(self, expression: str) -> str:
        compared = _COMPARED.fullmatch(expression)
        if compared is not None:
            return "true" if self._value(compared[1]) == compared[2] else "false"
        head, _, rest = expression.partition(".")
        if head == "inputs":
            return self.inputs[rest]
        if head == "steps":
            name, _, output = rest.partition(".outputs.")
            return self.steps[name][output]
        return {"runner.temp": str(self.temp), "runner.os": "Linux", "github.sha": "0" * 40}[
            expression
        ]


def read_recipe(page: Path, heading: str) -> dict[str, Any]:
    """Return the first YAML block below a heading of a page."""
    _, _, after = page.read_text().partition(f"## {heading}\n")
    block = re.search(r"```yaml\n(.*?)```", after, re.DOTALL)
    assert block is not None, f"no recipe below {heading}"
    document = yaml.safe_load(block[1])
    assert isinstance(document, dict)
    return document
