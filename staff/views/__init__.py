"""Screens of signing in, of everybody's own settings and of the house's tablets, a module each."""
