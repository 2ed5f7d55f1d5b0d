-- The people who work at the station. A row is never removed: pages and words bear its name.
create table operator (
    id           integer primary key,
    name         text not null unique,
    role         text not null check (role in ('operator', 'checker', 'technician')),
    salt         blob not null,
    pin          blob not null,               -- scrypt of the PIN
    wrong        integer not null default 0,  -- wrong PINs since the last right one or the last wait
    wait_until   integer,                     -- seconds since 1970
    disabled_at  text,
    added_by     text not null,
    added_at     text not null
) strict;
