"""From a failure to a way out: diagnosis, checklist, every word that people read, and how it is drawn."""
