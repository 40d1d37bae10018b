// Package cli is the command line: what a user types, sees and gets back as
// exit status (docs/cli.md). One file a command; each reads its flags into a
// struct, asks package app for the work, and prints.
//
// Standard output has what was asked for and nothing else, so that it can be
// piped; messages, warnings and progress go to standard error. Every word is
// there in English and Chinese: flags and commands carry their Chinese in the
// tag zh beside help, messages are [errs.Text]. Exit statuses are those of
// [errs.Code.Exit], and 1 where --fail-on was reached.
package cli
