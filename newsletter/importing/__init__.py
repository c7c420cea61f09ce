"""An installed base out of another system's export: read, map, try out, apply."""
