"""What each field of the build report means: the reference page is made of this.

In: nothing. Out: dotted path -> (type, meaning), in the order of the document. A test compares it
with a report that a chain wrote, so neither can leave the other behind.
"""

from __future__ import annotations

from collections.abc import Mapping

REPORT_FIELDS: Mapping[str, tuple[str, str]] = {
    "version": ("integer", "format of this document; raised when a field changes its meaning"),
    "stack": ("text", "the stack that the packs were told"),
    "ok": ("boolean", "whether the build ended well"),
    "seconds": ("number", "wall time of the whole build"),
    "packs": ("list", "every pack that was reached, in order; a failed one is the last"),
    "packs[].name": ("text", "what its bin/detect said; may be empty"),
    "packs[].url": ("text", "where it came from, user info left out"),
    "packs[].commit": ("text or null", "full sha; null for an archive or a folder"),
    "packs[].dir": ("text or null", "folder of the app that it works on; null for the root"),
    "packs[].outcome": ("text", "applied, skipped or failed"),
    "packs[].skipped_for": ("text or null", "why it was skipped"),
    "packs[].fetch_s": ("number", "seconds that fetching took, beside that of other packs"),
    "packs[].detect_s": ("number", "seconds of bin/detect"),
    "packs[].compile_s": ("number", "seconds of bin/compile or bin/test-compile"),
    "packs[].files_added": ("integer", "files and links that are new in BUILD_DIR"),
    "packs[].files_changed": ("integer", "files whose size, time, mode or inode changed"),
    "packs[].files_deleted": ("integer", "files that are gone"),
    "packs[].bytes_added": ("integer", "size of the added files"),
    "packs[].bytes_changed": ("integer", "growth of the changed files, may be negative"),
    "packs[].bytes_deleted": ("integer", "size that the deleted files had"),
    "packs[].env_set": ("list of text", "names that its export set; never a value"),
    "packs[].env_unset": ("list of text", "names that its export removed"),
    "packs[].cache_bytes": ("integer", "size of its cache afterwards"),
    "packs[].cache_growth": ("integer", "by how much that is more than before, may be negative"),
    "packs[].profile_overwritten": ("list of text", ".profile.d scripts of others it wrote over"),
    "packs[].left_running": ("list of text", "names of processes it left, which were ended"),
    "packs[].report": ("map of text", "what its bin/report said, at most 100 entries"),
    "release": ("map or null", "what is asked of the platform"),
    "release.rule": ("text", "last or merge"),
    "release.winner": ("text or null", "the pack whose word counts whole"),
    "release.process_types": ("list of text", "names of the process types"),
    "release.config_vars": ("list of text", "names of the config vars; never a value"),
    "release.addons": ("list of text", "add-ons"),
    "release.dropped": ("list of text", "a line for each thing that a pack said and that is lost"),
    "assets": ("map or null", "what the asset build made; null where there was nothing to build"),
    "assets.files": ("integer", "entries of the manifest"),
    "assets.bytes": ("integer", "their size without variants"),
    "assets.seconds": ("number", "wall time of the asset build"),
    "assets.env": ("list of text", "names of the config vars that went in"),
    "failure": ("map", "only when ok is false"),
    "failure.pack": ("text or null", "the pack that failed; null when the asset build did"),
    "failure.code": ("text", "code of the error, see the diagnostics"),
    "failure.message": ("text", "the error"),
    "failure.tail": ("list of text", "the last 20 lines of the script that failed"),
}
