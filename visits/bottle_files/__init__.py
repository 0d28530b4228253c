"""Sheets of stored bottles, as a house brings them along: read by their headers, taken in row by row."""
