-- Pages of which no delivery copy could be made when that was last tried, and why (`station.imaging.page.Unreadable`).
create table failure (
    master_sha256  blob primary key,
    reason         text not null
) strict, without rowid;
