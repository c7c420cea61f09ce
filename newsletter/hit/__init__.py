"""Who looks at our public pages and presses their buttons: people, or programs that open every link in a mail."""
