"""What is typed: Vietnamese out of plain keys, and barcode readers told apart from hands."""
