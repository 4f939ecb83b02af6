"""Alerts: which messages are due, their channels, and the outbox that sends each once."""
