"""From the record to the next version of the tidy tables, and what is shown."""
