"""How the program is configured, started and supervised. No support words live here."""
