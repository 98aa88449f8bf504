"""What a source is, and which files of the inbox it reads."""
