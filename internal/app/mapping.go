package app

import (
	"maps"
	"os"
	"slices"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/eventio"
	"plumbline/internal/logmap"
	"plumbline/internal/pack"
)

// LoadMapping reads a mapping file, which puts the names of a log onto those of
// a pack.
func LoadMapping(file string) (*logmap.Mapping, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, cantRead(file, err)
	}
	return logmap.Parse(file, src)
}

// columns are the parts that columns play: those of the flags, else those of
// the mapping file. Fields about members of the public play none.
func (s Source) columns() (eventio.Mapping, error) {
	out := eventio.Mapping{}
	if s.Mapping != nil {
		maps.Copy(out, s.Mapping.Columns)
	}
	maps.Copy(out, s.Map)
	for _, part := range slices.Sorted(maps.Keys(s.Map)) {
		column, _, _ := strings.Cut(s.Map[part], "@")
		for _, name := range []string{strings.TrimPrefix(part, "object."), column} {
			if what, refused := logmap.Refused(name, nil); refused {
				return nil, &errs.Error{Code: errs.Usage, What: errs.Text{En: "--map: " + logmap.WhyRefused(name, what).En, Zh: "--map：" + logmap.WhyRefused(name, what).Zh},
					Next: errs.T("leave it out", "请去掉它")}
			}
		}
	}
	return out, nil
}

// against holds the mapping against the packs in use, once.
func (s Source) against(packs []*pack.Pack) (Source, error) {
	if s.Mapping == nil || s.held {
		return s, nil
	}
	s.held = true
	return s, s.Mapping.Check(plain(packs))
}
