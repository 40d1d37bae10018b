package service

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"plumbline/internal/clock"
	"plumbline/internal/event"
	"plumbline/internal/image"
	"plumbline/internal/monitor"
	"plumbline/internal/rule"
	"plumbline/internal/segment"
)

// sources are the packages that decide what an engine makes of the record, and how it
// lies in an image.
var sources = []struct {
	name string
	text embed.FS
}{
	{"clock", clock.Sources}, {"event", event.Sources}, {"image", image.Sources},
	{"monitor", monitor.Sources}, {"rule", rule.Sources}, {"segment", segment.Sources}, {"service", ownSources},
}

// Of this package: what is folded and how, when a repetition says the same, and the
// index of objects.
//
//go:embed engine.go image.go judge.go reading.go stamp.go
var ownSources embed.FS

// engine is a digest of the engine of this program: the text of what it is made of, what
// it was compiled by and for, and the modules that it was linked with. A new version of
// the program whose engine is the same goes on from the image of the one before; one
// that was built from changed sources doesn't, whatever version it says that it is.
var engine = sync.OnceValue(func() [32]byte {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, m := range built.Deps {
			fmt.Fprintln(h, m.Path, m.Version, m.Sum)
		}
	}
	for _, s := range sources {
		err := fs.WalkDir(s.text, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := s.text.ReadFile(path)
			fmt.Fprintf(h, "%s/%s %d\n%s", s.name, path, len(text), text)
			return err
		})
		if err != nil {
			panic("service: " + s.name + ": " + err.Error()) // what is embedded can be read
		}
	}
	return [32]byte(h.Sum(nil))
})
