"""What the files of a model directory are called."""

CONFIG = "config.json"
"""The architecture."""

TOKENIZER = "tokenizer.json"
"""The vocabulary."""

WEIGHTS = "model.safetensors"
"""The weights, with their scores in the header."""

EXPORT = "export.json"
"""What stands in the folder of an exported model, instead of weights."""
