"""Start bootstrap.py in a Python that is new enough; this file itself must parse in any Python 3.

Called by bin/with-assetbuild, ``python3 -I assetbuild/start.py CACHE_DIR ENV_DIR COMMAND …``.
"""

import os
import sys


def main() -> int:
    """Run, or become a newer Python that does; the exit code is the command's."""
    if sys.version_info < (3, 10):  # noqa: UP036 - the platform's Python may be older
        for name in ("python3.14", "python3.13", "python3.12", "python3.11", "python3.10"):
            try:
                os.execvp(name, [name, "-I", *sys.argv])
            except OSError:
                continue
        sys.stderr.write(" !     bootstrap/no-python: there is no Python 3.10 or newer on PATH\n")
        return 1
    # this file's own folder is on the path of a script, and would shadow the standard library
    inside = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [one for one in sys.path if os.path.abspath(one) != inside]
    sys.path.insert(0, os.path.dirname(inside))
    from assetbuild.bootstrap import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
