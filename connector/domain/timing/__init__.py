"""Timing: when a step is due and when a window is open, in the contact's own clock time."""
