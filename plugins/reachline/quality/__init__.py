"""The gates: suites as code, one module a stage, run by Great Expectations over DuckDB SQL."""
