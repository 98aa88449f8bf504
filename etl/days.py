"""How long things are kept unless a command or setting says otherwise."""

MONTHS = 24
"""Rows and pseudonyms."""
QUARANTINE_DAYS = 30
"""Refused rows."""
