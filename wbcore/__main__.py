"""``python -m wbcore``: the command line."""

import sys

from wbcore.cli import main

if __name__ == "__main__":
    sys.exit(main())
