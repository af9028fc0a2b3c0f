"""Furniture of web pages told from the text of an article: `clean` decides, with a reason for each line."""

from ingest.boilerplate.clean import clean
from ingest.boilerplate.corpus import Evidence, affected, line_keys
from ingest.boilerplate.overrides import Overrides, load_overrides

__all__ = ["Evidence", "Overrides", "affected", "clean", "line_keys", "load_overrides"]
