package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"plumbline/internal/app"
)

type versionCmd struct{}

// Run says which program this is, and which packs it carries.
func (x *versionCmd) Run(c *call) error {
	fmt.Fprintf(c.Out, "plumbline %s (%s, %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	packs, err := app.Packs(nil)
	if err != nil {
		return err
	}
	rows := [][]string{}
	for _, p := range packs {
		rows = append(rows, []string{p.Name, p.Version, p.Title.In(c.lang)})
	}
	return c.table(nil, rows)
}

// versionText is the version that the program was built as: the module's, else
// the commit, marked where the sources had been changed.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changed"
		}
	}
	if commit == "" {
		return "devel"
	}
	return "devel-" + commit + changed
}
