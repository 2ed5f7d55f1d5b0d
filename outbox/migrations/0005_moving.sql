-- A bag's folder is noted by where it lies beside this database, so that both can be moved. Stations keep their bags in
-- `bags`; what lies elsewhere keeps its whole path.
-- What could not be read there is tried again here, and no attempt counts.
insert into events (item_id, at, event, state, code, detail)
select id, updated_at, 'retry', 'queued', error_code, error_text from items
where state = 'needs-person' and error_code = 'bag-unreadable'
    and substr(folder, -length('/bags/' || bag_id)) = '/bags/' || bag_id;

update items set state = 'queued', attempts = max(attempts - 1, 0)
where state = 'needs-person' and error_code = 'bag-unreadable'
    and substr(folder, -length('/bags/' || bag_id)) = '/bags/' || bag_id;

update items set folder = 'bags/' || bag_id where substr(folder, -length('/bags/' || bag_id)) = '/bags/' || bag_id;

-- What stands of a destination holds for the settings, and the files that they name, with which it was met.
alter table stops add column settings text not null default '';

create index purges on events (id) where event in ('purge', 'cleared', 'spared');
