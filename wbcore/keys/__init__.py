"""Keys: their rows, adding and replacing a token, what a key can do and how that is known, its client."""
