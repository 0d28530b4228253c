"""Spreadsheet files from outside: how they are read, whatever they hold (customers, bottles, surveys, bills)."""
