// Package access says who may do what.
//
// One text, table.txt, is the specification, which an agency's own may change within
// limits ([Policy], limits.go): for each action, which role may do it
// over what (all, own, unit, subtree, subject) and what bars it (conflict, subject,
// own). The decision on one thing
// ([Decide]) and the condition of a list in SQL ([Where]) come from the
// same lines, and a property test holds them equal. Whatever lists, counts, exports
// or streams for people takes its condition from here.
//
// [Who] is who asks, made by package identity from a session or from a machine's
// token; [Thing] is what is asked about. Nothing here reads a database: units above
// a thing and the conflicts of a person are given.
package access
