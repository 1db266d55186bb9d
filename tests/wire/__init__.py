"""Things at the other end of a real wire."""
