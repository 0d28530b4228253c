"""What people type about charges and gifts."""
