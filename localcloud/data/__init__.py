"""The data services that run beside the API: plain values in, addresses out. Nothing here knows of the API or the edge."""
