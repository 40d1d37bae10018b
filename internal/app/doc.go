// Package app puts the parts together; it is the only place where adapters
// (readers and writers of logs, workbooks) and the domain (rules, engine,
// reports) meet.
//
// [Open] reads any number of files of any format as one log. [Check] loads
// packs, reads the log as they want it (their zone, their types of attributes,
// and of the attributes only those that a rule reads, where nothing else is
// asked for), judges it and gives the report's [report.Doc]. [Convert] writes a
// log in another format. [Serve] runs a service, [ServeDemo] one on a simulated
// agency with a clock of its own. [SimulateAgency] writes a simulated agency with its
// departures, and [ScoreAgency] says how many of them a check finds. Nothing here prints: faults come back as errors,
// what is only odd as warnings, for the command line or a service to show.
package app
