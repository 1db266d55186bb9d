"""What `sixthtouch run` starts and looks after: one machine's processes as one thing."""
