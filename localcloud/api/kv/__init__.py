"""KV: namespaces, and values that the API and the Workers' bindings see alike."""
