"""The search page and its API, around galleries that are handed in."""
