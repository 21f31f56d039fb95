"""When a feed is asked, what its answer means, and what an operator should know of it."""
