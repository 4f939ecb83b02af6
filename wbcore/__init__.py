"""WB Desk's core: it calls Wildberries, keeps keys and orders, and guides out of errors."""

__version__ = "0.2.0"

import gc

# Each program of ours keeps what it loads: to look through that for garbage again and again, as Python would,
# is a tenth of its start.
gc.set_threshold(50_000, 20, 20)
