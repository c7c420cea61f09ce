"""Work that evidence opens for service and for sales: who does what until when, and how it ended."""
