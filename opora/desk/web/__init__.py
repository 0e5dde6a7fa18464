"""Pages and the API. Views translate between a browser and the rooms below; no rule of the desk is decided here."""
