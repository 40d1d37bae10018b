// Package fence has no code: its tests hold the whole repository to what a
// reader is promised of it. Who imports whom is the list in fences.txt; every
// package tells its story in a comment; nothing registers itself before main
// (func init); the product needs no C compiler; go.mod replaces nothing.
package fence
