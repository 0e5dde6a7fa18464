"""E-mail in and out: letters become messages of tickets, answers become letters.

Never: a letter acknowledged before it is stored, a letter sent twice, a word sent that is not public.
"""
