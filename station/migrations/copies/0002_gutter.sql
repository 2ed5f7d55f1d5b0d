-- Where the gutter of a spread was found: its places at the upper and lower edge of the copy in 1/10,000 of the width, and
-- the confidence (two 16-bit integers, a float). Null: the page shows none.
alter table copy add column gutter blob;
-- Wide pages are made again, so that theirs is looked for.
delete from copy where width > height;
