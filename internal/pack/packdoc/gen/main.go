// Command gen writes docs/packs/<pack>.md and .zh.md of every built-in pack,
// and schema/, below the folder that is its argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"plumbline/internal/errs"
	"plumbline/internal/pack"
	"plumbline/internal/pack/packdoc"
	"plumbline/internal/rule"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "gen: give the folder of the module, as: go run ./gen ../../..")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", errs.In(err, errs.En))
		os.Exit(1)
	}
}

func write(root string) error {
	for name, text := range rule.Schemas() {
		if err := os.WriteFile(filepath.Join(root, "schema", name), text, 0o644); err != nil {
			return err
		}
	}
	for _, name := range pack.BuiltIn() {
		found, err := pack.Load(name)
		if err != nil {
			return err
		}
		for _, lang := range []errs.Lang{errs.En, errs.Zh} {
			text, err := packdoc.Page(found[0], lang)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(root, "docs/packs", packdoc.File(name, lang)), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
