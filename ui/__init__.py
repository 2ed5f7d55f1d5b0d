"""What is drawn on the station's screen. Nothing here but drawing, keys and words; the work is done below `station`."""
