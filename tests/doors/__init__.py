"""What strangers, forgers and broken senders meet at each door of the running processes."""
