"""Every copy to every person: a row before anything leaves, and what is known of it ever after."""
