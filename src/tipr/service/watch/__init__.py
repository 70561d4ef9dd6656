"""What the service tells of itself: health, metrics, logs."""
