"""Other people's weights -> a model directory that tipr and Hugging Face transformers read."""
