"""What marketing writes: the source as written, its versions, and what must be right before it is sent."""
