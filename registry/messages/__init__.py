"""Mail: queued with the change it tells of, sent after the commit, in the reader's language."""
