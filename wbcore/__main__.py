"""``python -m wbcore``: the command line."""

import gc
import sys

from wbcore.cli import main

if __name__ == "__main__":
    code = main()
    gc.freeze()  # at its end Python would look through everything once more: a quarter of a short command
    sys.exit(code)
