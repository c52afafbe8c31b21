"""How the platform starts a line of the Procfile: every profile script first, in the slug."""

from __future__ import annotations

BOOT = 'cd "$HOME"; for one in .profile.d/*.sh; do source "$one"; done; eval "exec $0"'
"""For ``bash -c BOOT LINE``."""
