"""The configuration as validated models: files in, one `Config` or every mistake at once out."""
