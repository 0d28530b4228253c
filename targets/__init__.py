"""Charges, targets, statements, gifts: named in the house's plan, empty until its issue is built."""
