"""Consent: the written word that opens the door to a customer's systems, and the proof of it for ever.

One question is asked by everything that touches a customer's system: `policies.may`.
"""
