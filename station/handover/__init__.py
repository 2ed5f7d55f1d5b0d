"""Books handed over on a stick: the numbered sheet at the station, the taking of sticks at the receiver."""
