"""How fast and when we may send: rates, quiet hours, warm-up, pauses of a domain, and when a run will be done."""
