"""Hearing from machines without an opt-out: "done for this serial" under a safety bulletin."""
