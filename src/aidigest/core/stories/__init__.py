"""Which entries are about AI, which tell one story, where it belongs and what it says."""
