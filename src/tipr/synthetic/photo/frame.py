"""The size of a picture."""

WIDTH, HEIGHT = 64, 192
"""Pixels of a finished picture."""
FINE = 2
"""Pictures are drawn this many times larger and averaged down."""
