"""What the pages say: instants, durations, states and outcomes in words."""
