"""Hand-over on a stick, or in any folder: bags encrypted for the receiver, a signed list of them, receipts coming back.

What lies on a stick, below `scan-station/<key id of the station>/`:

    index.json                  what is here, with digests, signed by the station
    bags/<bag id>.tar.age       the bag's one tar, encrypted for the receivers (`.tar` when plainly asked for)
    receipts/<bag id>.receipt.json   what the receiver said of each

Several stations may share a stick; none touches what is another's.
"""
