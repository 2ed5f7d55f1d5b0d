"""What people do with a book: cases and numbers, special cases, spreads, rework."""
