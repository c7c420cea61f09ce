"""Many who leave at once: found, said aloud, and undone as one act if it was not they who left."""
