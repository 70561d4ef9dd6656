"""The same doors on engines of several machines: Ray encodes, Milvus searches."""
