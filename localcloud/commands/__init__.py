"""`pitchey local …`: what a person does with the local cloud, one module a family of commands."""
