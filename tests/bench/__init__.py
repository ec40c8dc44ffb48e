"""Measurements of the rooms against their peers; `python -m tests.bench`, or make bench"""
