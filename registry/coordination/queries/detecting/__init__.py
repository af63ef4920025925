"""What detection reads: offers and runs of the country, the flags that stand, and what was learnt and decided before."""
