"""Leaving: the act is committed and takes effect before anything is asked, and nothing afterwards can undo it."""
