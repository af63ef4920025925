"""What the intake reads: for its pages, and of what the registry already holds while a delivery is taken in."""
