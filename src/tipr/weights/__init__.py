"""Other people's checkpoints, read into our names."""
