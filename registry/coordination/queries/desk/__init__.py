"""What the pages of the coordinator's room show: the queue, a case, two offers side by side, and what was said of them."""
