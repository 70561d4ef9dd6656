"""Captions: a grammar of what annotators write, and what words can tell apart."""
