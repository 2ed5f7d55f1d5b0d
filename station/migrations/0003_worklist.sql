-- What the work list says of a book beside its numbers, when a registry stood, and what must not be scanned again.
alter table registry add column valid_from text;     -- ISO date; null: not known
alter table registry add column valid_until text;    -- null: until today

alter table book add column shelf text;
alter table book add column assigned_to text;
alter table book add column due text;
-- 1: the book bears no number, the station gave it one.
alter table book add column number_given integer not null default 0 check (number_given in (0, 1));
-- By what the list's row of a book without a number is known again when the list is read once more.
alter table book add column list_key text;
create unique index book_list_key on book (list_key) where list_key is not null;
create index book_of_type on book (registry, type, year_first);

-- Books and numbers of the earlier phase. volume null: all books; numbers null: all numbers.
create table exclusion (
    id            integer primary key,
    registry      text not null,
    type          text not null,
    year_first    integer not null,
    year_last     integer not null check (year_last >= year_first),
    volume        integer,
    first_number  integer,
    last_number   integer,
    reason        text not null,
    source        text not null,
    operator      text not null,
    at            text not null,
    check ((first_number is null) = (last_number is null)),
    check (last_number >= first_number)
) strict;
create unique index exclusion_once on exclusion
    (registry, type, year_first, year_last, coalesce(volume, 0), coalesce(first_number, 0), coalesce(last_number, 0));

-- A checker's word that an excluded book is to be scanned all the same. Kept for good; the last one is shown.
create table inclusion (
    id        integer primary key,
    book      text not null,
    checker   text not null,
    why       text not null,
    operator  text not null,
    at        text not null
) strict;
create index inclusion_book on inclusion (book);
