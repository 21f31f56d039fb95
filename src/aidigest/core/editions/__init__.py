"""A digest and its editions: what goes in, in which order, and what fits."""
