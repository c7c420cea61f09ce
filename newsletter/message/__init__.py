"""Letters: staff text and values become two parts, and those become the bytes that are sent. Knows no database."""
