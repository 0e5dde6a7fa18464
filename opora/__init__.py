"""Opora: the support desk for cloud and hosting providers."""
