"""The signer's process: the one key that opens customers' hosts, used only inside a written agreement it has read itself.

Believes neither the gateway nor the desk: agreement, its place in the log and the checkpoint's signature are checked here.
"""
