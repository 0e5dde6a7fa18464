"""Work on customers' systems: agreed in writing, watched live, recorded for ever, and what comes of it."""
