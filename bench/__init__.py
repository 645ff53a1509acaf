"""Figures against their goals: `make bench` measures them, prints the table and writes bench/results.json."""
