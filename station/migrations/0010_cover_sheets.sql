-- The station's own printed cover sheets among the pages: they are no pages of the paper book.
alter table page add column cover_sheet integer check (cover_sheet = 1);    -- null: a page of the book
