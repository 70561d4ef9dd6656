"""The loss terms: pure functions of tensors, one scalar each."""
