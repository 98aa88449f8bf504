"""Files to records of text: every format that is read."""
