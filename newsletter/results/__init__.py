"""What came of a run: its figures, what is usual, and everybody by name."""
