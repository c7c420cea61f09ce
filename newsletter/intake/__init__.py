"""What other systems tell us of machines, by the API, a file or an import: checked, kept once, and weighed."""
