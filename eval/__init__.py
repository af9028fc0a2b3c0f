"""How good it is, measured. Imports `qa` and `ingest`; never installed."""
