"""What is done with loads and rows that are in the record: taken back, published, backed up, erased, no longer kept."""
