"""Wards, topics, targets: what logs are read against."""
