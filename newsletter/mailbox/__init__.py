"""The built-in mailbox: takes every letter of a demo over SMTP on loopback and keeps it in a folder to look at."""
