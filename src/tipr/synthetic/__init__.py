"""Drawn pedestrians with captions: data free of real people, for training, the demo and tests."""
