"""The same models on a Spark of the tests."""
