"""What each diagnostic code of the asset compiler means."""

from __future__ import annotations

CODES = {
    "manifest/corrupt": "The manifest is not JSON, lacks a field, or names an unsafe path.",
    "manifest/schema": "The manifest was written by a version with another file format.",
}
