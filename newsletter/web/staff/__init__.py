"""The door for colleagues: who may come in, and the pages they work with."""
