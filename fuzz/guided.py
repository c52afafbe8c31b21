"""The process that atheris takes over: ``python -m fuzz.guided TARGET [libFuzzer's options]``."""

from __future__ import annotations

import sys

import atheris

# what these load is watched for coverage; third parties are not, they are not ours to mend
with atheris.instrument_imports(include=["assetbuild"]):
    from fuzz.__main__ import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target.check)
    atheris.Fuzz()
