"""What writes the pages that are made from the code: `make docs`, `make pictures`, `make site`."""
