"""Mail that comes in: a process of its own, which takes what it knows by a token of ours and refuses the rest."""
