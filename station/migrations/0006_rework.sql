-- Which book has a number that is missing here; null: not in another book.
alter table missing add column other text;

-- Every word on missing numbers, kept for good. why null: withdrawn.
create table missing_log (
    id        integer primary key,
    book      text not null references book (id),
    year      integer not null,
    number    integer not null,
    why       text,
    other     text,
    operator  text not null,
    at        text not null
) strict;
create index missing_log_book on missing_log (book);
insert into missing_log (book, year, number, why, operator, at) select book, year, number, why, operator, at from missing;

-- What is particular about cases, in codes with spaces between. A row is never changed: the last one of a case counts.
create table case_mark (
    id        integer primary key,
    case_id   integer not null references cases (id) on delete cascade,
    codes     text not null,
    note      text not null,
    operator  text not null,
    at        text not null
) strict;
create index case_mark_case on case_mark (case_id);

-- The bag that this one takes the place of.
alter table bag add column supersedes text references bag (id);

-- Sealed books that a checker opened again. held: this bag was held back from sending for it, and still is.
create table rework (
    id        integer primary key,
    book      text not null references book (id),
    bag       text not null references bag (id),
    checker   text not null,
    why       text not null,
    operator  text not null,
    at        text not null,
    held      integer not null check (held in (0, 1))
) strict;
create index rework_book on rework (book);
