"""One module a kind of summary: pure functions from arrays to the bytes of a Summary message."""
