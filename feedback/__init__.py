"""Surveys, weekly summaries, complaints: named in the house's plan, empty until its issue is built."""
