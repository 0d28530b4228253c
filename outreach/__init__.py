"""Call lists, SMS, campaigns: named in the house's plan, empty until its issue is built."""
