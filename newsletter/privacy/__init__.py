"""What we hold about one person: shown to them, handed to them, and forgotten when they say so."""
