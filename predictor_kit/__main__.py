"""The command line as ``python -m predictor_kit``."""

import sys

from predictor_kit.cli import main

if __name__ == "__main__":
    sys.exit(main())
