"""Floor 3: what people do, a file a use case."""
