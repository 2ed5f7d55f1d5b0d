"""From paper and files to pages that stay: scans, feeds, hot folders, and what is kept of each."""
