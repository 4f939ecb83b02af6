"""WB Desk's core: it calls Wildberries, keeps keys and orders, and guides out of errors."""

__version__ = "0.1.0"
