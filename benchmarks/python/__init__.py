"""The benchmarks that call writers from Python."""
