"""`pulumi-resource-cloudflare` where the official one cannot be had: inputs become calls of Cloudflare's v4 API, and nothing else.

It has no state and no cloud of its own; which fields force a replacement, what is computed and what is write-only follow
the official provider (6.x, over the Terraform provider 5.x).
"""
