"""Four real icon sets, fetched with the ordinary clients: npm for silk, apt for tango, gnome, oxygen.

In: the network, once. Out: pictures by sprite: one sprite a set and size.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ratio import need_program
from benchmarks.registry import cache_folder, fetch_npm

SILK = "1.0.0"  # npm famfamfam-silk
THEMES = {
    "tango": "tango-icon-theme",
    "gnome": "gnome-icon-theme",
    "oxygen": "oxygen-icon-theme",
}


@dataclass(frozen=True, slots=True)
class IconSet:
    """Pictures of one set in one size."""

    name: str  # of the set: "tango"
    size: str  # as the theme names it: "16x16"
    pictures: Mapping[str, Path]  # name -> PNG; symlinks left out


def load_silk() -> IconSet:
    """Return famfamfam silk, fetched where it is not there yet."""
    folder = fetch_npm("famfamfam-silk", SILK) / "dist/png"
    return IconSet("silk", "16x16", {one.stem: one for one in sorted(folder.glob("*.png"))})


def load_sets() -> tuple[IconSet, ...]:
    """Return all sets in all sizes, fetched where they are not there yet."""
    found = [load_silk()]
    for name, package in THEMES.items():
        icons = _fetch_debian(package) / "usr/share/icons"
        sizes: dict[str, dict[str, Path]] = {}
        for path in sorted(icons.rglob("*.png")):
            if path.is_symlink():
                continue
            parts = path.relative_to(icons).parts
            size = next(one for one in parts if "x" in one and one[0].isdigit())
            context = parts[parts.index(size) + 1 : -1]
            sizes.setdefault(size, {})["--".join((*context, path.stem))] = path
        found += [IconSet(name, size, some) for size, some in sorted(sizes.items())]
    return tuple(found)


def _fetch_debian(package: str) -> Path:
    """Return the unpacked folder of a Debian package; nothing is installed."""
    folder = cache_folder() / "debian" / package
    if not folder.is_dir():
        need_program("apt-get")
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["apt-get", "download", "-q", package],
            check=True,
            cwd=folder.parent,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = folder.parent.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
        archive.unlink()
    return folder
