"""A preview as a pull request shows it: what would change, what the split does, what the policies say."""
