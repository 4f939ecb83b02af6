"""Token health: checks, their wishes and history, what is down at WB, its news, the panel's cells."""
