"""Charts of a rollout as SVG, made by plain functions: values in, text out."""
