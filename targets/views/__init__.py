"""Screens and addresses of charges, targets, plans and statements, by noun."""
