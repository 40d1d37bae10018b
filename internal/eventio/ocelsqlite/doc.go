// Package ocelsqlite reads OCEL 2.0 logs from SQLite files. What the tables say
// goes through the same [ocel.Sink] as JSON and XML, so that one log in three
// forms is one log.
//
// It is a package of its own because of what it stands on: a database engine
// whose code is many times all of ours. Whoever reads only JSON and XML, and
// whoever fuzzes their readers, doesn't have to compile it.
//
// A file comes from somebody else. It is opened for reading alone and taken as
// unchanging; views and virtual tables, which would run what the file says, are
// not looked at.
package ocelsqlite
