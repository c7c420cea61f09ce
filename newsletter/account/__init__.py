"""Companies and private owners we sold to, and the machines that stand there."""
