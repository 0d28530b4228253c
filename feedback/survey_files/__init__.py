"""Sheets of answers from the paper weeks: read by their headers, taken in row by row."""
