"""What a training run reads: benchmarks, their checks and pruned captions, batches."""
