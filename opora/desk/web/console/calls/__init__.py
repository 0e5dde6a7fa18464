"""The operators' pages: who calls, writing it down, calling back, the log, and what the day was like."""
