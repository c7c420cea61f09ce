"""What we observed of a machine or an account, and what it adds up to now."""
