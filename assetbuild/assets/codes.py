"""What each diagnostic code of the asset compiler means."""

from __future__ import annotations

CODES = {
    "budget/matches-nothing": "A budget names an output that the build does not make.",
    "budget/not-a-size": 'A budget is not a size such as "90 kB gzip".',
    "budget/over": "An output is larger than its budget.",
    "bundle/es-module": "A part of a joined bundle imports or exports; only classic scripts can be joined.",
    "bundle/unresolved": "A require directive names no output.",
    "cache/corrupt": "An entry of the cache is damaged; it was removed and is made anew.",
    "cache/unwritable": "The cache folder cannot be written; the build goes on without it.",
    "css/unresolved-url": "A url(), @import or image-set() in CSS names a file that is not an output.",
    "discover/case-clash": "Two names differ only in case, so they are one on other systems.",
    "discover/dangling-link": "A symlink below a source root leads nowhere; it is left out.",
    "discover/link-outside": "A symlink below a source root leads out of all of them.",
    "discover/missing-root": "A configured source root is not a folder.",
    "discover/name-not-utf8": "A file name is not UTF-8, so no URL can name it the same everywhere.",
    "discover/no-roots": "No source root is configured and none of the usual ones exists.",
    "discover/output-is-root": "A source root is the output folder or lies inside it.",
    "discover/same-name": "Two files have one name in two Unicode normal forms.",
    "discover/shadowed": "A file of an earlier root hides a file of the same logical path.",
    "discover/unreadable": "A folder or file cannot be read.",
    "js/unresolved-import": "An import or new URL() in JavaScript names a file that is not an output.",
    "manifest/corrupt": "The manifest is not JSON, lacks a field, or names an unsafe path.",
    "manifest/schema": "The manifest was written by a version with another file format.",
    "markup/unresolved-url": "HTML, SVG or a web app manifest names a file that is not an output.",
    "minify/no-map": "A file is too large for its minified text to get a source map.",
    "minify/failed": "A file cannot be minified, for it does not parse; it is left as it is.",
    "reference/case": "A reference differs from the file's name in upper and lower case alone.",
    "source-map/missing": "A third-party file names a source map that is not there.",
    "variants/no-library": "A content coding needs a Python package that is not installed.",
}
