"""Figures: a body in its pose, dressed piece by piece, onto a canvas of colour and light."""
