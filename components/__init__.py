"""The platform's parts as component resources: each takes one args class and is usable alone in another program.

No component reads configuration or the environment; only `__main__.py` and `settings` do.
"""
