"""Messages leave here: a blocking SMTP client that says of every copy what became of it. Knows no database."""
