"""An edition as one reader's mail, byte for byte, with the signed links in it."""
