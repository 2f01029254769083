"""Reachline: a nightly pipeline for micro-influencer marketing on Airflow, dbt and DuckDB."""

from __future__ import annotations

__version__ = "0.1.0"
