"""What must not be lost until a receipt says so: durable files, the queue, the sender, destinations and receipts.

This package speaks of folders, digests, destinations and receipts; it knows no registers and prints nothing. Every
failure carries a `Code` and a technical detail; the sentences a person reads are made above it.
"""
