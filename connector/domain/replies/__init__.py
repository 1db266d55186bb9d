"""Replies: what somebody wrote, read by rules before anything else looks at it."""
