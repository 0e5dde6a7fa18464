"""The line to an Asterisk: its manager interface (AMI), spoken by ourselves."""
