"""What each diagnostic code of the tool store means."""

from __future__ import annotations

CODES = {
    "tool/archive": "A downloaded package is not a readable archive.",
    "tool/download": "A pinned compiler could not be downloaded.",
    "tool/integrity": "A downloaded package is not the one that is pinned.",
    "tool/missing": "A compiler is not in the cache, and nothing may be downloaded.",
    "tool/unknown": "No pinned compiler has that name.",
}
