-- Who asked for what a pitch keeps to itself, and what its creator answered.

create table ndas (
    id uuid primary key default gen_random_uuid(),
    pitch_id uuid not null references pitches (id) on delete cascade,
    requester_id uuid not null references people (id) on delete cascade,
    message text not null default '' check (char_length(message) <= 2000),
    status text not null default 'requested' check (status in ('requested', 'granted', 'refused')),
    requested_at timestamptz not null default now(),
    answered_at timestamptz,
    -- Also how a pitch's own are found, and whether a reader has one.
    constraint ndas_once unique (pitch_id, requester_id),
    constraint ndas_answered_when check ((status = 'requested') = (answered_at is null))
);

create index ndas_requester on ndas (requester_id, requested_at desc);
