"""What each diagnostic code of the leaves, ports and command line means.

Every concern has a ``codes.py`` like this one; docs/reference/diagnostics.md is made from all of
them, and a test holds them against the codes that the code really raises.
"""

from __future__ import annotations

CODES = {
    "config/missing-key": "A table of the configuration lacks a key that it needs.",
    "config/not-utf8": "The configuration file is not UTF-8.",
    "config/syntax": "The configuration file is not TOML.",
    "config/two-files": "Both assetbuild.toml and pyproject.toml configure the project.",
    "config/unknown-key": "The configuration has a key that assetbuild does not know.",
    "config/wrong-type": "A value of the configuration has the wrong type, or is not one allowed.",
    "explain/unknown": "No output and no source has the name that should be explained.",
    "init/exists": "The project has a configuration already; init writes none over it.",
    "system/refused": "The machine refused what no setting can change: a full disk, a missing permission.",
    "path/invalid": "A path is empty, absolute, or leads out of the project.",
}
