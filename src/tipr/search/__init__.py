"""Sentences to ranked pictures, and a sheet to look at them."""
