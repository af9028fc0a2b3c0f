"""Benchmarks: each is a command, and prints its figures."""
