"""Orders: WB's rows read, written, searched and exported.

May import keys, guidance, store, api.
"""
