"""What each diagnostic code of the JavaScript engines means."""

from __future__ import annotations

CODES = {
    "engine/failed": "A JavaScript engine is not there, ended, or ran out of stack.",
}
