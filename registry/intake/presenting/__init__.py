"""What the queries found, in the reader's words: sources, values, and tables to download."""
