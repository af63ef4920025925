"""What a delivery says: its files read to the end, and each row in the registry's own words or refused with a reason."""
