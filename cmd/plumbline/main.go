// Command plumbline holds event logs against legal rules. Everything it does
// is in internal/cli; here is only what belongs to a process.
package main

import (
	"os"
	"time"

	"golang.org/x/term"

	"plumbline/internal/cli"
)

func main() {
	start := time.Now()
	env := cli.Env{Out: os.Stdout, Err: os.Stderr, OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())), Getenv: os.Getenv, Start: start}
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		env.Width = width
	}
	os.Exit(cli.Run(os.Args[1:], env))
}
