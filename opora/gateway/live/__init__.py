"""The live view: those who watch a session see every frame when it is recorded, and never slow whoever works.

Serves `live.sock`, where the desk's web program brings its viewers, one connection each. Nothing typed comes in that way.
"""
