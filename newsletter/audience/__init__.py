"""People we may write to, what they asked for, and what they asked us to stop."""
