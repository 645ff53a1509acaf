"""What Hyperdrive refuses with."""

from localcloud.api.errors import ErrorKind

NO_CONFIG = ErrorKind(404, 2006, "Hyperdrive config not found.")
BAD_CONFIG = ErrorKind(400, 2007, "Invalid Hyperdrive config: {reason}")
BAD_HOST = ErrorKind(400, 2008, "Invalid hostname: {host}")
NAME_TAKEN = ErrorKind(400, 2017, "A Hyperdrive config with the given name already exists")
