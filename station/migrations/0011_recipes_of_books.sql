-- Which delivery copies of a book count.
alter table book add column own_recipe text;    -- the name of the recipe chosen for it; null: that of the settings
alter table book add column copies_by text;     -- the key of the recipe of its copies, of a sealed book that of its bag; null: that of the settings
