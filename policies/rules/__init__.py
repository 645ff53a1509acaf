"""The rules, one family a file; `policies.registry` lists them."""
