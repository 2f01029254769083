"""Faults of disks, of machines and of people: is anything lost after them?"""
