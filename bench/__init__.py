"""What `make bench` runs: each figure beside its limit, as a ratio within one run."""
