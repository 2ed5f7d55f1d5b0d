-- What was made of pages. Nothing in here is lost for good: it is made again from the masters.
create table recipe (id integer primary key, key text not null unique) strict;

-- The checks that a copy went through with their thresholds, as JSON; many copies share them.
create table scale (id integer primary key, checks text not null unique) strict;

create table copy (
    master_sha256  blob not null,
    recipe         integer not null references recipe (id),
    file           text not null,
    sha256         blob not null,
    bytes          integer not null,
    width          integer not null,
    height         integer not null,
    dpi            integer not null,
    quality        integer not null,
    worst          integer not null check (worst between 0 and 2),      -- the highest level of its verdicts
    scale          integer not null references scale (id),
    verdicts       blob not null,      -- a level (byte) and a value (float) for each check of the scale
    primary key (master_sha256, recipe)
) strict, without rowid;

-- What pages look like: by this another scan of the same page is found. Pages by the number of their id.
create table fingerprint (
    page     integer primary key,
    version  integer not null,
    data     blob not null,
    sought   integer not null default 0 check (sought in (0, 1)),   -- 1: looked for among all pages that were there
    bare     integer not null default 0 check (bare in (0, 1))      -- 1: next to nothing that other pages do not have
) strict;
create index fingerprint_waiting on fingerprint (page) where sought = 0;
create index fingerprint_bare on fingerprint (page) where bare = 1;

-- Pairs of pages that were compared and found to be the same, or to show their form and next to nothing else.
create table likeness (
    page        integer not null,
    other       integer not null,
    outcome     text not null check (outcome in ('same', 'cannot-tell')),
    shared      integer not null,
    missed      integer not null,
    form_known  integer not null check (form_known in (0, 1)),
    at          text not null,
    primary key (page, other),
    check (page <> other)
) strict, without rowid;
create index likeness_other on likeness (other);
