-- What somebody gave of a case at one time is one row, and no longer one row for each field: a register of 10,000 cases
-- has 300,000 fields.
alter table entry rename to entry_of_field;
drop index entry_case;
create table entry (
    id        integer primary key,
    case_id   integer not null references cases (id),
    side      text not null check (side in ('first', 'second', 'settled')),
    source    text not null check (source in ('typed', 'record')),
    operator  text not null,
    at        text not null,
    fields    text not null check (json_valid(fields))     -- the values by field, in the order in which they were given
) strict;
insert into entry (id, case_id, side, source, operator, at, fields)
    select id, case_id, side, source, operator, at, json_object(field, value) from entry_of_field order by id;
drop table entry_of_field;
create index entry_case on entry (case_id);
