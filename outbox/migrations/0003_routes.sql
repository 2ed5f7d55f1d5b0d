create table routed (
    id integer primary key,
    bag_id text not null,
    folder text not null,
    digest text not null,
    size integer not null check (size > 0),
    destination text not null,
    any_of integer not null default 0 check (any_of in (0, 1)),
    state text not null check (state in
        ('queued', 'sending', 'waiting', 'sent', 'received', 'refused', 'needs-person', 'held', 'cancelled', 'purged')),
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
    unique (bag_id, destination),
    check ((state = 'sending') = (lease_owner is not null and lease_until is not null)),
    check ((state = 'waiting') = (next_attempt_at is not null))
) strict;

insert into routed (
    id, bag_id, folder, digest, size, destination, state, attempts, error_code, error_text, next_attempt_at, bytes_done,
    bytes_per_s, lease_owner, lease_until, proof, receipt_asked_at, created_at, updated_at, sent_at, received_at)
select
    id, bag_id, folder, digest, size, destination, state, attempts, error_code, error_text, next_attempt_at, bytes_done,
    bytes_per_s, lease_owner, lease_until, proof, receipt_asked_at, created_at, updated_at, sent_at, received_at
from items;

drop table items;

alter table routed rename to items;

-- The order of turns: the day, then the size; what decides whether one is due lies in the index too.
create index items_by_turn on items (
    destination, state, substr(created_at, 1, 10), size, id, next_attempt_at, lease_until);

create table taken (
    id integer primary key,
    item_id integer not null references items (id),
    sha256 text not null,
    key_id text not null,
    verdict text not null,
    receipt text not null,
    imported_at text not null,
    unique (item_id, sha256)
) strict;

insert into taken select id, item_id, sha256, coalesce(json_extract(receipt, '$.key_id'), ''), verdict, receipt, imported_at
from receipts;

drop table receipts;

alter table taken rename to receipts;

create table sender (
    id integer primary key check (id = 1),
    paused_at text,
    nudges integer not null default 0
) strict;

insert into sender (id) values (1);
