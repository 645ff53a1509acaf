"""The site in a real browser, as its visitors use it, against one local cloud with made-up pitches."""
