"""The use cases: what people do with a contest, each a transaction."""
