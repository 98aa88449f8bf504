"""The record: all SQL that there is."""
