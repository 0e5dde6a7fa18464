"""The customers' side: my requests, one request, a new one, my organisation. Pages only translate; rooms decide."""
