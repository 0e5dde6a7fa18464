"""Why a moment is due when it is: the steps of the reckoning, as values."""
