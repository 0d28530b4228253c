"""Who works here: accounts, roles, signing in and out."""
