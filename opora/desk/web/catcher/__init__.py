"""The outside world as pages: letters that would have gone out, a telephone to ring the desk. Only in the demo."""
