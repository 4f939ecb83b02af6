"""Orders: WB's rows read, written, searched and exported."""
