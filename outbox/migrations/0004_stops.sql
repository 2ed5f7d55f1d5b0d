-- What is wrong with a destination itself: nothing goes there until a look at it finds it well again.
create table stops (
    destination text primary key,
    code text not null,
    detail text not null,
    since text not null,
    failures integer not null check (failures > 0),
    check_at text not null,
    on_trial integer not null default 0 check (on_trial in (0, 1))
) strict, without rowid;

create index exports on events (item_id, id) where event = 'export';

-- Bags that such a fault had left to a person: they wait for their destination, and no attempt counts.
insert into events (item_id, at, event, state, code, detail)
select id, updated_at, 'stop', 'queued', error_code, error_text from items
where state = 'needs-person' and error_code in (
    'folder-missing', 'not-mounted', 'host-key-refused', 'known-hosts-unusable', 'login-refused', 'certificate-refused',
    'certificate-unusable', 'credential-unusable', 'key-unusable', 'key-not-private', 'portal', 'other-server',
    'clock-wrong', 'far-permission', 'part-too-small', 'destination-unknown');

update items set state = 'queued', attempts = max(attempts - 1, 0)
where state = 'needs-person' and error_code in (
    'folder-missing', 'not-mounted', 'host-key-refused', 'known-hosts-unusable', 'login-refused', 'certificate-refused',
    'certificate-unusable', 'credential-unusable', 'key-unusable', 'key-not-private', 'portal', 'other-server',
    'clock-wrong', 'far-permission', 'part-too-small', 'destination-unknown');
