"""What pages, exports and other systems read: questions over all rooms that change nothing."""
