"""From a question to a cited answer. Imports `ingest`, never `eval`."""

__version__ = "0.1.0"
