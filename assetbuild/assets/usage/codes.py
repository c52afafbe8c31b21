"""What each diagnostic code of check and unused means."""

from __future__ import annotations

CODES = {
    "check/no-manifest": "There is no manifest to check against; the assets were not built.",
    "check/nothing-begins-so": "A name is computed, and no asset's name begins as it does.",
    "check/unknown-asset": "A template or a source names an asset that the build does not make.",
    "unused/output": "Nothing in the app names an output.",
}
