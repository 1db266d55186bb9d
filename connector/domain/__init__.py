"""Pure rules. Standard library only: every one can be read and tested with nothing else."""
