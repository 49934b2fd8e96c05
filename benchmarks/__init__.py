"""Benchmarks, and the pure-Python reference writer that is their baseline and the tests' oracle."""
