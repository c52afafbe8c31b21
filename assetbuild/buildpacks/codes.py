"""What each diagnostic code of the chain and of the slug means."""

from __future__ import annotations

CODES = {
    "env/not-set": "[env] build lists a config var that the app does not set.",
    "chain/assets-failed": "The packs ran, and the assets could not be built.",
    "chain/cache-unusable": "The cache folder cannot be written: a full disk, or no permission.",
    "chain/no-packs": "No buildpack is listed; only the assets are built.",
    "chain/unknown-stack": "The stack is none of the platform's.",
    "list/bad-dir": "The folder of a pack is empty, absolute, or leads out of the app.",
    "list/bad-revision": "What follows # is not the name of a branch, tag or commit.",
    "list/names-itself": "The list names assetbuild, or another pack that runs the same list.",
    "list/no-revision": "An archive or a folder has no revisions to choose from.",
    "list/not-utf8": "A file with the list of packs is not UTF-8.",
    "list/syntax": "project.toml is not TOML, or app.json not JSON.",
    "list/unknown-form": "An entry of the list is no URL, path or owner/name.",
    "list/wrong-entry": "An entry of project.toml or app.json does not say which pack it is.",
    "pack/export-failed": "A pack's export file is no bash, or leaves the shell.",
    "pack/export-unsets": "A pack's export removes PATH or HOME; they are kept for later packs.",
    "pack/no-folder": "The folder that a pack should work on is not there.",
    "pack/not-fetched": "A pack could not be fetched.",
    "pack/no-script": "A pack has no bin/detect or no bin/compile.",
    "pack/not-detected": "A pack's bin/detect says that it does not apply to the app.",
    "pack/removed-build-dir": "A pack removed the folder that is built.",
    "pack/script-failed": "A script of a pack ended with a non-zero exit code or by a signal.",
    "pack/timed-out": "A script of a pack took longer than its limit and was ended.",
    "release/not-yaml": "What a pack's bin/release printed is not YAML.",
    "release/wrong-shape": "What a pack's bin/release printed has another shape than a release.",
    "slug/no-negation": "A line of .slugignore begins with an exclamation mark, which means nothing there.",
    "slug/out-in-use": "The folder that should become the slug holds other files.",
}
