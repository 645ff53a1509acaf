-- People of the three portals, and the sessions that can be ended.

create table people (
    id uuid primary key default gen_random_uuid(),
    -- As it was typed; `people_email` holds that an address is one person's, whatever its case.
    email text not null check (char_length(email) between 3 and 254),
    name text not null check (char_length(name) between 1 and 120),
    role text not null check (role in ('creator', 'investor', 'production')),
    -- A PHC string: it names its own parameters, so that they can be raised.
    password text not null check (char_length(password) between 1 and 512),
    created_at timestamptz not null default now()
);

-- Asked by `where lower(email) = lower($1)`.
create unique index people_email on people (lower(email));

-- What a refresh token names; an access token needs no row.
create table sessions (
    id uuid primary key default gen_random_uuid(),
    person_id uuid not null references people (id) on delete cascade,
    -- Of the one token that is good now: an older one that is shown again was stolen, or its thief was first.
    generation integer not null default 0 check (generation >= 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
);

create index sessions_person on sessions (person_id);
-- For whoever clears away what has expired.
create index sessions_expiry on sessions (expires_at);
