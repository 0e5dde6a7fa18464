"""Moving files: SFTP ends in the gateway and begins anew towards the host, so that every step is recorded before it is done."""
