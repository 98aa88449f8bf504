"""Records of text to typed rows without residents, or to quarantine."""
