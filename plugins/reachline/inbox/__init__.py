"""The inbox: files that people and tools drop, read into batches."""
