"""Cases by family: a good fixture for each rule, and what breaks it."""
