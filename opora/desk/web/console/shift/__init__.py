"""The shift lead's board, and how much the first line closes itself."""
