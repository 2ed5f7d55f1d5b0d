"""Pages as pictures on a terminal."""
