"""The process that works: its imports and duties, the dashboard's child, its metrics.

May import every feature; only the command line and pages import it.
"""
