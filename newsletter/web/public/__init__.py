"""The door for who gets our mail: no sign-in, no cookie, no script, their own language."""
