"""Bulletins that everybody may read: which they are, as pages and as feeds, and one letter in a browser."""
