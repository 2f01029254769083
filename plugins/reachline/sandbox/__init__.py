"""A made-up market, written as inbox files: for the demo and for tests, and for nothing else."""
