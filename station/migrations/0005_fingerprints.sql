-- What pages look like: by this another scan of the same page is found. A row is made again where it is missing.
create table fingerprint (
    page     text primary key references page (id),
    version  integer not null,
    data     blob not null,
    sought   integer not null default 0 check (sought in (0, 1)),   -- 1: looked for among all pages that were there
    bare     integer not null default 0 check (bare in (0, 1))      -- 1: next to nothing that other pages do not have
) strict, without rowid;
create index fingerprint_waiting on fingerprint (page) where sought = 0;
create index fingerprint_bare on fingerprint (page) where bare = 1;

-- Pairs of pages that were compared and found to be the same, or to show their form and next to nothing else.
create table likeness (
    page        text not null references page (id),
    other       text not null references page (id),
    outcome     text not null check (outcome in ('same', 'cannot-tell')),
    shared      integer not null,
    missed      integer not null,
    form_known  integer not null check (form_known in (0, 1)),
    at          text not null,
    primary key (page, other),
    check (page <> other)
) strict, without rowid;
create index likeness_other on likeness (other);

-- Somebody's word that two things may both stand. A side is a page, a book, a book of another station, or `records`.
create table kept_double (
    one       text not null,
    other     text not null,
    why       text not null,
    operator  text not null,
    at        text not null,
    primary key (one, other),
    check (one < other)
) strict, without rowid;

-- Books of other stations, as their lists tell: no names, numbers and fingerprints alone.
create table foreign_book (
    id         integer primary key,
    station    text not null,      -- key id of the station whose list it is
    name       text not null,      -- of that station, for people
    book       text not null,
    registry   text not null,
    type       text not null,
    pages      integer not null,
    made_at    text not null,
    operator   text not null,
    at         text not null,
    unique (station, book)
) strict;

create table foreign_number (
    foreign_book  integer not null references foreign_book (id) on delete cascade,
    year          integer not null,
    number        integer not null,
    suffix        text not null,
    primary key (foreign_book, year, number, suffix)
) strict, without rowid;

create table foreign_page (
    foreign_book  integer not null references foreign_book (id) on delete cascade,
    position      integer not null,
    version       integer not null,
    data          blob not null,
    primary key (foreign_book, position)
) strict, without rowid;

-- Pages of ours that look like a page of another station, by their fingerprints alone.
create table foreign_likeness (
    page          text not null references page (id),
    foreign_book  integer not null references foreign_book (id) on delete cascade,
    position      integer not null,
    places        integer not null,
    score         real not null,
    primary key (page, foreign_book, position)
) strict, without rowid;

-- Numbers that the Ministry's records have already.
create table recorded_number (
    registry  text not null,
    type      text not null,
    year      integer not null,
    number    integer not null,
    suffix    text not null,
    source    text not null,
    primary key (registry, type, year, number, suffix)
) strict, without rowid;
