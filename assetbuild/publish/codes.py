"""What each diagnostic code of the publisher means."""

from __future__ import annotations

CODES = {
    "headers/invalid-name": "A rule sets a header whose name is not a token of HTTP.",
    "headers/invalid-value": "A header's value has a line break, or characters beyond ASCII.",
    "headers/reserved": "A rule sets a header that only the server can know.",
}
