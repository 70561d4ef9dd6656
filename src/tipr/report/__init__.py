"""Trained runs to one HTML file to look at: numbers, curves, ranked pictures, restorations."""
