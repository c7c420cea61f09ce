"""What is planned: series that come again and again, and the calendar of everything that goes out."""
