"""A contact's story as the page shows it: what is planned, what happened, in sentences."""
