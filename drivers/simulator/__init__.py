"""A scanner that exists only as an eSCL server on loopback, reached through the real libsane and sane-airscan."""
