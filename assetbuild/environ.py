"""Changes to an environment as data, and the names that variables have.

In: mappings of variables. Out: patches, new mappings. Refuses to know: ``os.environ``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_variable_name(name: str) -> bool:
    """Tell whether every shell knows a variable of this name. Source: POSIX, "Name"."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvPatch:
    """What to set and unset in an environment; a name is never in both."""

    set: Mapping[str, str] = field(default_factory=dict)  # name -> value, may hold newlines
    unset: frozenset[str] = frozenset()  # names to remove

    def apply(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return a new environment with this patch applied."""
        kept = {name: value for name, value in env.items() if name not in self.unset}
        return {**kept, **self.set}

    def then(self, later: EnvPatch) -> EnvPatch:
        """Return the one patch that equals this patch followed by ``later``."""
        names = {name: value for name, value in self.set.items() if name not in later.unset}
        return EnvPatch(
            set={**names, **later.set}, unset=(self.unset | later.unset) - later.set.keys()
        )


def diff_environ(before: Mapping[str, str], after: Mapping[str, str]) -> EnvPatch:
    """Return the patch that turns ``before`` into ``after``."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return EnvPatch(set=changed, unset=frozenset(before.keys() - after.keys()))
