-- Open books in one picture: kept whole, or split at the gutter into two pages over one master.

-- What becomes of spreads that come: whole, split. From which row of `page` on it holds.
alter table book add column spreads text not null default 'whole' check (spreads in ('whole', 'split'));
alter table book add column spreads_from integer;

-- The pages that spreads were split into. Of a split that was undone the rows stay, and their pages are discarded.
create table part (
    page     integer primary key references page (id),
    whole    integer not null references page (id),         -- whose master is that of all three
    half     integer not null check (half in (0, 1)),       -- left, right
    top      integer not null check (top between 1 and 9999),       -- where the gutter meets the upper edge of the
    bottom   integer not null check (bottom between 1 and 9999),    -- finished whole page and the lower one, in 1/10,000 of its width
    by       text not null,
    at       text not null,
    copy_of  blob not null check (length(copy_of) = 32)     -- under this digest its delivery copies are kept
) strict;
create index part_whole on part (whole);
