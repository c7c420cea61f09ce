"""Many bulletins in one letter, for those who asked for it: when each is due, and what is in it."""
