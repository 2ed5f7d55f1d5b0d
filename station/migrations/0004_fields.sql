-- What people typed of cases, or took over from the Ministry's records. A row is never changed: the last one of a case,
-- field and side counts, the others are its history.
create table entry (
    id        integer primary key,
    case_id   integer not null references cases (id),
    field     text not null,
    side      text not null check (side in ('first', 'second', 'settled')),
    value     text not null,
    source    text not null check (source in ('typed', 'record')),
    operator  text not null,
    at        text not null
) strict;
create index entry_case on entry (case_id);

-- Cases without a page that somebody took out of their book, with the whole history of what was typed.
create table dropped_case (
    id        integer primary key,
    book      text not null references book (id),
    year      integer not null,
    number    integer not null,
    suffix    text not null,
    date      text,
    entries   text not null,
    why       text not null,
    operator  text not null,
    at        text not null
) strict;
