create table items (
    id integer primary key,
    bag_id text not null unique,
    folder text not null,
    digest text not null,
    size integer not null check (size > 0),
    destination text not null,
    state text not null check (state in
        ('queued', 'sending', 'waiting', 'sent', 'received', 'refused', 'needs-person', 'held', 'purged')),
    attempts integer not null default 0,
    error_code text,
    error_text text,
    next_attempt_at text,
    bytes_done integer not null default 0,
    bytes_per_s real,
    lease_owner text,
    lease_until text,
    proof text,
    receipt_asked_at text,
    created_at text not null,
    updated_at text not null,
    sent_at text,
    received_at text,
    check ((state = 'sending') = (lease_owner is not null and lease_until is not null)),
    check ((state = 'waiting') = (next_attempt_at is not null))
) strict;

create index items_by_turn on items (destination, state, created_at, id);

create table events (
    id integer primary key,
    item_id integer not null references items (id),
    at text not null,
    event text not null,
    state text not null,
    code text,
    detail text
) strict;

create index events_by_item on events (item_id, id);

create table receipts (
    id integer primary key,
    item_id integer not null references items (id),
    sha256 text not null unique,
    verdict text not null,
    receipt text not null,
    imported_at text not null
) strict;
