-- Files of a pitch. Their content is in the bucket under `key`; a row is written once it is there.

create table uploads (
    id uuid primary key default gen_random_uuid(),
    pitch_id uuid not null references pitches (id) on delete cascade,
    owner_id uuid not null references people (id) on delete cascade,
    key text not null check (char_length(key) between 1 and 512),
    name text not null check (char_length(name) between 1 and 200),
    content_type text not null check (char_length(content_type) between 3 and 120),
    bytes bigint not null check (bytes > 0),
    sha256 bytea not null check (octet_length(sha256) = 32),
    created_at timestamptz not null default now(),
    constraint uploads_key unique (key)
);

create index uploads_pitch on uploads (pitch_id, created_at desc);
create index uploads_owner on uploads (owner_id);
