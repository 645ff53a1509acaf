"""Made-up people, pitches and NDAs: the same ones each time, for a database to rehearse with."""
