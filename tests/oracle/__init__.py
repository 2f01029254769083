"""A second computation of what a night publishes, in plain Python, sharing no code with the models.

It reads the dropped files of one or many nights and the configuration, and computes for a logical
date D the tables of the data contract. Where the two disagree, one of them has the contract wrong.
"""
