"""Run the command line as ``python -m assetbuild``."""

import sys

from assetbuild.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
