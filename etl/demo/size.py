"""How large the made-up city is where nobody says otherwise: as large as Hanoi."""

INTERACTIONS, FEWEST = 1_700_000, 500
WARDS = 126
SEED = 1
