"""Migrations of the database, oldest first; they only ever grow."""
