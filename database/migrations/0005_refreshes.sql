-- When a session's token was last exchanged: an answer that was lost on its way may be asked for again for a moment.

alter table sessions add column refreshed_at timestamptz;
