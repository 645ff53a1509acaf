"""`pulumi-language-python` where the official one cannot be had: it runs programs and policy packs written in Python."""
