"""Looking at what others publish, a page or a DNS record, without being led into our own network. Knows no database."""
