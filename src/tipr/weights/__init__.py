"""Other people's checkpoints, read into our names; and ours written under transformers'."""
