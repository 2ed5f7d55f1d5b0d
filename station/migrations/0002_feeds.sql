-- Every feed of a device into a book, so that what the device did with the paper can be held against what was kept.
create table stack (
    id              integer primary key,
    book            text not null references book (id),
    operator        text not null,
    began           text not null,
    number          text,              -- of the first case over the paired pages; null: no numbers
    cases_per_page  integer not null default 1,
    pages_per_case  integer not null default 1,
    joins           integer not null default 0 check (joins in (0, 1)),
    covers          integer not null default 0,
    backs_in_order  integer check (backs_in_order in (0, 1)),
    paired_by       text,
    paired_at       text
) strict;
-- A book has at most one stack whose fronts wait for their backs.
create unique index stack_open on stack (book) where paired_at is null;

create table feed (
    id            integer primary key,
    book          text not null references book (id),
    device        text not null,
    source        text not null,       -- flatbed, adf, adf-duplex, folder
    profile       text not null,
    operator      text not null,
    place         text references page (id),    -- the page that was to be replaced or followed; null: the end of the book
    stack         integer references stack (id),
    side          text check (side in ('front', 'back')),    -- of the stack's sheets
    pages_asked   integer,             -- null: until the paper ends
    began         text not null,
    ended         text,
    ending        text,                -- paper-ended, limit, stopped, out-of-order or the kind of a fault; null: interrupted
    sheets_fed    integer,             -- null: nobody counted
    pages_kept    integer not null default 0,
    last_page     text references page (id),
    number_due    text,                -- what the operator was told to go on with
    confirmed_by  text,
    confirmed_at  text
) strict;
create index feed_book on feed (book);

alter table page add column feed integer references feed (id);
alter table page add column stack integer references stack (id);
alter table page add column review text;          -- why a person should look at it; null: no reason
alter table page add column reviewed_by text;
alter table page add column reviewed_at text;
create index page_feed on page (feed);
