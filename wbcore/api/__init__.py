"""HTTP with Wildberries: methods and limits as data, tokens, the client, errors, paging.

Knows no database and no screen.
"""
