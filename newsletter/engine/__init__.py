"""What acts on the intentions that web and command line write down: starting, sending, recovering."""
