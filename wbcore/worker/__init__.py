"""The process that works: its imports and duties, the dashboard's child, its metrics."""
