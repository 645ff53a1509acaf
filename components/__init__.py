"""The platform's parts as component resources: each takes one args class and is usable alone in another program.

No component reads configuration or the environment; only `__main__.py` and `settings` do.

A component may be renamed: with `opts=ResourceOptions(aliases=[Alias(name="old")])` all that it has made stays as it is, since
whatever stands under it begins with its name, and the engine hands the alias down by that.
"""
