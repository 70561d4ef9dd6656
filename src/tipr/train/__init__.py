"""Training: batches and a model to weights worth keeping."""
