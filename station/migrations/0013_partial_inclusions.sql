-- A checker's word may be for some numbers of a book, and it may be taken back: the last word on a number counts.
alter table inclusion add column withdraws integer not null default 0 check (withdraws in (0, 1));

-- The numbers that a word is for; without a row here it is for the whole book.
create table inclusion_span (
    inclusion  integer not null references inclusion (id),
    year       integer not null,
    first      integer not null,
    last       integer not null check (last >= first),
    primary key (inclusion, year, first)
) strict, without rowid;
