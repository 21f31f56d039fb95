"""Who reads, what they chose, and what they may ask of us."""
