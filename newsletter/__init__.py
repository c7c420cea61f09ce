"""Newsletter sends technical bulletins and learns, from who leaves and why, which machines are still in use."""
