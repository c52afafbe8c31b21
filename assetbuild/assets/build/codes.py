"""What each diagnostic code of planning and running a build means."""

from __future__ import annotations

CODES = {
    "config/unknown-profile": "A profile is named that is neither built in nor configured.",
    "config/wrong-size": "A size is not a number with a unit.",
    "output/disk-full": "The disk is full; the previous build stays.",
    "output/manifest-replaced": "The manifest in the output folder was damaged and is replaced.",
    "output/unwritable": "The output folder cannot be written; the previous build stays.",
}
