"""Figures that take too long to count for a page: counted by timed work, kept with the time they hold for."""
