"""Colleagues who sign in, keys other systems use, and who did what."""
