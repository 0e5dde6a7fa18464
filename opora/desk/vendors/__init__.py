"""Cases at vendors: what we asked, what they promised, what they answered. The registry of vendors is the catalogue's."""
