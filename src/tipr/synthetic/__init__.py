"""Drawn pedestrians with captions: data free of real people, for the demo and the tests."""
