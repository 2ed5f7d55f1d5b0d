-- Books, their pages and cases, and what was made of them. Nothing here is ever deleted by the program.
create table registry (
    code    text primary key,
    name    text not null,
    place   text not null,
    prefix  text not null unique
) strict;

create table book (
    id              text primary key,
    registry        text not null references registry (code),
    type            text not null,
    year_first      integer not null,
    year_last       integer not null check (year_last >= year_first),
    volume          integer not null,
    state           text not null default 'open' check (state in ('open', 'sealed')),
    first_number    integer,
    last_number     integer,
    pages_expected  integer,
    added_at        text not null
) strict;

create table page (
    id             text primary key,
    book           text not null references book (id),
    position       integer not null,
    kind           text not null check (kind in ('page', 'cover', 'blank', 'index', 'damaged')),
    state          text not null default 'kept' check (state in ('kept', 'replaced', 'discarded')),
    replaces       text references page (id),
    sha256         text not null,
    file           text not null unique,
    bytes          integer not null,
    width          integer not null,
    height         integer not null,
    dpi            integer,
    operator       text not null,
    device         text not null,
    taken_at       text not null,
    source_sha256  text,
    source_index   integer not null default 0,
    sheet          integer,
    side           text,
    why            text
) strict;
create unique index page_order on page (book, position) where state = 'kept';
-- A delivered file is taken once: killed between the row and the removal of the file, the next run finds it here.
create unique index page_source on page (book, source_sha256, source_index)
    where source_sha256 is not null and state = 'kept';
create index page_sha256 on page (sha256);

create table cases (
    id      integer primary key,
    book    text not null references book (id),
    year    integer not null,
    number  integer not null check (number >= 1),
    suffix  text not null default '',
    date    text,
    unique (book, year, number, suffix)
) strict;

create table case_page (
    case_id  integer not null references cases (id),
    page     text not null references page (id),
    primary key (case_id, page)
) strict, without rowid;
create index case_page_page on case_page (page);

create table missing (
    book      text not null references book (id),
    year      integer not null,
    number    integer not null,
    why       text not null,
    operator  text not null,
    at        text not null,
    primary key (book, year, number)
) strict, without rowid;

create table copy (
    master_sha256  text not null,
    recipe         text not null,
    file           text not null,
    sha256         text not null,
    bytes          integer not null,
    width          integer not null,
    height         integer not null,
    dpi            integer not null,
    quality        integer not null,
    verdicts       text not null,
    primary key (master_sha256, recipe)
) strict, without rowid;

create table bag (
    id         text primary key,
    book       text not null references book (id),
    digest     text not null,
    pages      integer not null,
    cases      integer not null,
    sealed_at  text not null
) strict;
create index bag_book on bag (book);
