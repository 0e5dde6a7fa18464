"""A provider to look at: an invented cloud with its people, its customers and ninety days of their conversations.

Everything is made by the rooms' own actions with their moments in the past, so nothing in the demo could not have
happened. Only an empty desk is ever filled; nothing here runs in a desk that somebody works with.
"""
