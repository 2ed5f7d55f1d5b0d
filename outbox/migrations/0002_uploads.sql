create table uploads (
    item_id integer not null references items (id),
    destination text not null,
    note text not null,
    noted_at text not null,
    primary key (item_id, destination)
) strict, without rowid;
