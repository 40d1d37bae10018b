package datadir

import (
	"io/fs"
	"os"
	"slices"
)

// Fresh says whether a configuration names a directory that is there and has nothing
// in it but perhaps the configuration itself: a first start. One that isn't there is
// more likely mistyped.
func Fresh(c Config) bool {
	list, err := os.ReadDir(c.Data)
	return err == nil && c.Postgres == "" && !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() != configFile })
}
