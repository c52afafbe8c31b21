"""What each diagnostic code of the chain and of the slug means."""

from __future__ import annotations

CODES = {
    "chain/cache-unusable": "The cache folder cannot be written: a full disk, or no permission.",
    "chain/unknown-stack": "The stack is none of the platform's.",
    "pack/export-failed": "A pack's export file is no bash, or leaves the shell.",
    "pack/export-unsets": "A pack's export removes PATH or HOME; they are kept for later packs.",
    "pack/no-folder": "The folder that a pack should work on is not there.",
    "pack/no-script": "A pack has no bin/detect or no bin/compile.",
    "pack/not-detected": "A pack's bin/detect says that it does not apply to the app.",
    "pack/removed-build-dir": "A pack removed the folder that is built.",
    "pack/script-failed": "A script of a pack ended with a non-zero exit code or by a signal.",
    "pack/timed-out": "A script of a pack took longer than its limit and was ended.",
    "release/not-yaml": "What a pack's bin/release printed is not YAML.",
    "release/wrong-shape": "What a pack's bin/release printed has another shape than a release.",
}
