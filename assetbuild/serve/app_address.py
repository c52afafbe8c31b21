"""Where the command of an app listens, read from the command itself.

In: the words of a command, the environment's PORT. Out: an address, or None. Refuses to know:
processes. What a server listens on by default is what its own documentation says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DEFAULT_PORTS = {
    "runserver": 8000,  # Django
    "flask": 5000,
    "uvicorn": 8000,
    "hypercorn": 8000,
    "granian": 8000,
    "fastapi": 8000,
    "http.server": 8000,
    "rails": 3000,
}
_OPTIONS = ("--port", "-p", "--bind", "-b", "--http")
# these listen where PORT says, and else on 8000
_READ_PORT = {"gunicorn": 8000}
_PLACE = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:]*\]|[\w.-]*):)?(?P<port>[0-9]{1,5})")


def find_app_address(command: Sequence[str], port: str | None) -> str | None:
    """Return "host:port" of what a command will listen on; None: it cannot be told."""
    words = [one.rpartition("/")[2].lower() for one in command]
    for at, word in enumerate(command):
        name, equals, value = word.partition("=")
        if name in _OPTIONS:
            told = value if equals else (command[at + 1] if at + 1 < len(command) else "")
            if found := _read_place(told):
                return found
    if "runserver" in words or "http.server" in words:
        last = max(words.index(one) for one in ("runserver", "http.server") if one in words)
        for word in command[last + 1 :]:
            if found := _read_place(word):
                return found
    for name, number in _DEFAULT_PORTS.items():
        if name in words:
            return f"127.0.0.1:{number}"
    for name, number in _READ_PORT.items():
        if name in words:
            return f"127.0.0.1:{port or number}"
    return None


def _read_place(text: str) -> str | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    host = found["host"] or "127.0.0.1"
    # listening everywhere includes this machine
    if host in ("0.0.0.0", "[::]", "*"):
        host = "127.0.0.1"
    return f"{host}:{found['port']}"
