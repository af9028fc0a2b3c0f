"""From files to an index on disk. Imports nothing of ours but itself."""
