-- Pitches: what everybody sees, and what an NDA opens.

create table pitches (
    id uuid primary key default gen_random_uuid(),
    creator_id uuid not null references people (id) on delete cascade,
    title text not null check (char_length(title) between 1 and 160),
    logline text not null check (char_length(logline) between 1 and 400),
    genre text not null check (char_length(genre) between 1 and 40),
    format text not null check (format in ('feature', 'series', 'short', 'documentary')),
    -- In whole US dollars.
    budget bigint not null check (budget between 0 and 1000000000),
    -- Private: its creator's, and whose NDA was granted.
    synopsis text not null default '' check (char_length(synopsis) <= 20000),
    status text not null default 'draft' check (status in ('draft', 'published', 'archived')),
    views bigint not null default 0 check (views >= 0),
    -- Grows with each change by its creator, so that two of them cannot overwrite each other; views leave it alone.
    revision integer not null default 1 check (revision >= 1),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    published_at timestamptz,
    words tsvector not null generated always as (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', logline), 'B')
        || setweight(to_tsvector('simple', genre), 'C')
    ) stored,
    constraint pitches_published_when check (status <> 'published' or published_at is not null)
);

-- Both columns of a list's order run the same way: a page goes on by `(published_at, id) < ($1, $2)`, from the index alone.
create index pitches_newest on pitches (published_at desc, id desc) where status = 'published';
create index pitches_genre on pitches (genre, published_at desc, id desc) where status = 'published';
create index pitches_trending on pitches (views desc, id desc) where status = 'published';
create index pitches_words on pitches using gin (words) where status = 'published';
create index pitches_creator on pitches (creator_id, updated_at desc);

-- What somebody wants to find again.
create table saved_pitches (
    person_id uuid not null references people (id) on delete cascade,
    pitch_id uuid not null references pitches (id) on delete cascade,
    saved_at timestamptz not null default now(),
    primary key (person_id, pitch_id)
);

create index saved_pitches_pitch on saved_pitches (pitch_id);
