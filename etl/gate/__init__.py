"""What must hold of a load as a whole."""
