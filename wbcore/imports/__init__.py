"""Imports: what can be imported, one import from its queue to its end, imports that repeat."""
