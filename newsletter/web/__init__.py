"""Three doors to the house: `public` for who gets mail, `staff` for who sends and reads, `api` for other systems.

The web writes intentions and never sends; the engine acts on them.
"""
