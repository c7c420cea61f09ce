"""What came back, read from its bytes alone: who wrote it, and what it reports. Knows no database."""
