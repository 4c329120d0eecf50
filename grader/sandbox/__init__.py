"""Around the wall: confinement layers, limits, and the measured level."""
