"""Which of several voices is heard, and what an offer and its runs shall look like by that."""
