"""Releases: what readers open, written whole and swapped in one step."""
