"""What is said: sequence files, templates, variables, addresses."""
