"""`pulumi-resource-random` where the official one cannot be had: values that are drawn once and kept in the state."""
