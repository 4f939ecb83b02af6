"""What Streamlit runs for each page.

It stands here because beside ``app.py`` Streamlit would take every file of this folder for a page of its own:
whoever comes first would see their names in the sidebar before ours.
"""

from pages import _ahead

_ahead.frame().draw()
