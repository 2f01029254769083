"""Mutants of the models: is each wrong operator, join, filter and window noticed?"""
