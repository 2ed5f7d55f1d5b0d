"""Finding what stands twice: pages that were scanned again, books under two names, numbers that others have."""
