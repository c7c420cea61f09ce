"""The door for other systems: keys instead of cookies, JSON, and RFC 9457 problems."""
