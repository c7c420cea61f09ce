"""Saved audiences: whom one holds is chosen condition by condition and found anew whenever somebody asks."""
