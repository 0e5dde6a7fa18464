"""The proof of what was promised and kept, for a period: on a page, as a sheet (CSV) and on paper (PDF). For owners."""
