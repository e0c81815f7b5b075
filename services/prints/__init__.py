"""Papers as PDF: `render.py` draws, a kind of document supplies a template and a function that gathers what it says.

The package itself imports nothing, because the kinds of documents name their data functions from here.
"""
