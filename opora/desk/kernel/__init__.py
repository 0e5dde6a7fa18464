"""The kernel: the clock, who acts, what happened and who is told. It knows no support words."""
