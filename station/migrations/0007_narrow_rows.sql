-- Rows of pages and cases in few bytes, in the forms of station/catalogue/packing.py. What is made of pages moves to a
-- database of its own, copies.db, and is made again there.
drop table likeness;
drop table fingerprint;
drop table copy;

-- Words that many rows share.
create table term (id integer primary key, text text not null unique) strict;
insert or ignore into term (text) select operator from page union select device from page;
insert or ignore into term (text) select distinct substr(file, length('masters//') + length(book) + length(id) + 1) from page;

alter table book add column key integer;
update book set key = rowid;
create unique index book_key on book (key);

create table narrow_page (
    key            integer primary key,
    id             integer not null unique,      -- the hexadecimal digits of the page's id
    book           integer not null references book (key),
    position       integer not null,
    kind           integer not null check (kind between 0 and 4),              -- page, cover, blank, index, damaged
    state          integer not null default 0 check (state between 0 and 2),   -- kept, replaced, discarded
    sha256         blob not null check (length(sha256) = 32),
    extension      integer not null references term (id),       -- of the master's name, with its dot
    bytes          integer not null,
    width          integer not null,
    height         integer not null,
    dpi            integer,
    operator       integer not null references term (id),
    device         integer not null references term (id),
    taken_at       integer not null,             -- seconds since 1970
    zone           integer not null,             -- minutes east of Greenwich
    source_index   integer,                      -- the place in a delivered file; null: no file delivered it
    source_sha256  blob check (length(source_sha256) = 32),     -- of that file; null: the master is that file
    sheet          integer,
    side           integer check (side in (0, 1)),              -- front, back
    feed           integer references feed (id),
    stack          integer references stack (id),
    replaces       integer references page (id),
    why            text,
    review         text,                         -- why a person should look at it; null: no reason
    reviewed_by    text,
    reviewed_at    text
) strict;
insert into narrow_page
    select page.rowid, page_number(page.id), book.key, position,
        case kind when 'page' then 0 when 'cover' then 1 when 'blank' then 2 when 'index' then 3 else 4 end,
        case page.state when 'kept' then 0 when 'replaced' then 1 else 2 end, unhex(sha256),
        (select id from term where text = substr(file, length('masters//') + length(book) + length(page.id) + 1)),
        bytes, width, height, dpi, (select id from term where text = operator),
        (select id from term where text = device), cast(strftime('%s', taken_at) as integer),
        (strftime('%s', substr(taken_at, 1, 19)) - strftime('%s', taken_at)) / 60,
        case when source_sha256 is not null then source_index end,
        case when source_sha256 <> sha256 then unhex(source_sha256) end,
        sheet, case side when 'front' then 0 when 'back' then 1 end, feed, stack, page_number(replaces),
        why, review, reviewed_by, reviewed_at
    from page join book on book.id = page.book order by page.rowid;

create table narrow_cases (
    id      integer primary key,
    book    integer not null references book (key),
    year    integer not null,
    number  integer not null check (number >= 1),
    suffix  text not null default '',
    date    text,
    unique (book, year, number, suffix)
) strict;
insert into narrow_cases
    select cases.id, key, year, number, suffix, date from cases join book on book.id = cases.book order by cases.id;

create table narrow_case_page (
    case_id  integer not null references cases (id),
    page     integer not null references page (key),
    primary key (case_id, page)
) strict, without rowid;
insert into narrow_case_page
    select case_id, key from case_page join narrow_page on narrow_page.id = page_number(page) order by case_id;

create table narrow_feed (
    id            integer primary key,
    book          text not null references book (id),
    device        text not null,
    source        text not null,       -- flatbed, adf, adf-duplex, folder
    profile       text not null,
    operator      text not null,
    place         integer references page (id),    -- the page that was to be replaced or followed; null: the end of the book
    stack         integer references stack (id),
    side          text check (side in ('front', 'back')),    -- of the stack's sheets
    pages_asked   integer,             -- null: until the paper ends
    began         text not null,
    ended         text,
    ending        text,                -- paper-ended, limit, stopped, out-of-order or the kind of a fault; null: interrupted
    sheets_fed    integer,             -- null: nobody counted
    pages_kept    integer not null default 0,
    last_page     integer references page (id),
    number_due    text,                -- what the operator was told to go on with
    confirmed_by  text,
    confirmed_at  text
) strict;
insert into narrow_feed
    select id, book, device, source, profile, operator, page_number(place), stack, side, pages_asked, began, ended,
        ending, sheets_fed, pages_kept, page_number(last_page), number_due, confirmed_by, confirmed_at
    from feed order by id;

create table narrow_foreign_likeness (
    page          integer not null references page (id),
    foreign_book  integer not null references foreign_book (id) on delete cascade,
    position      integer not null,
    places        integer not null,
    score         real not null,
    primary key (page, foreign_book, position)
) strict, without rowid;
insert into narrow_foreign_likeness
    select page_number(page), foreign_book, position, places, score from foreign_likeness;

drop table case_page;
drop table foreign_likeness;
drop table cases;
drop table page;
drop table feed;
alter table narrow_page rename to page;
alter table narrow_cases rename to cases;
alter table narrow_case_page rename to case_page;
alter table narrow_feed rename to feed;
alter table narrow_foreign_likeness rename to foreign_likeness;

create unique index page_order on page (book, position) where state = 0;
create index page_sha256 on page (substr(sha256, 1, 8));
create index page_source on page (substr(source_sha256, 1, 8)) where source_sha256 is not null;
create index page_feed on page (feed) where feed is not null;
create index case_page_page on case_page (page);
create index feed_book on feed (book);
