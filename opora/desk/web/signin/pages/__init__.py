"""The pages of sign-in. They translate requests into actions and answers into pages, nothing more."""
