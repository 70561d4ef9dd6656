"""Cameras: the place, what stands in the way, what the lens does, what can be seen."""
