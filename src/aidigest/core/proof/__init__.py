"""What is wrong with a mail, found before anybody gets it."""
