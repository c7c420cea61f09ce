"""Single letters that are no bulletin, each sent once: receipts, confirmations, questions, reminders."""
