"""The laws of the house as tests: each law is a function that reports breaches, and each is shown a planted one."""
