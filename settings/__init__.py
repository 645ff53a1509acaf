"""The settings of a stack: read from its configuration, validated whole, and what has to be known before it is declared."""
