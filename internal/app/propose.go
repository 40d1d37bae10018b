package app

import (
	"plumbline/internal/errs"
	"plumbline/internal/logmap"
)

// Propose reads a log as it is and proposes what its names are in a pack's
// words. Fields about members of the public are told of and not looked into
// further.
func Propose(s Source, name string) (*logmap.Proposal, *Read, error) {
	packs, err := Packs([]string{name})
	if err != nil {
		return nil, nil, err
	}
	if len(packs) != 1 {
		return nil, nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: name}, What: errs.Tf("there are %d packs here; a mapping is onto one", "此处有 %d 个规则包；映射只针对一个规则包", len(packs)),
			Next: errs.T("name one of them", "请指定其中一个")}
	}
	if s.Zone == nil {
		s.Zone = packs[0].Log.Zone
	}
	read, err := Open(s)
	if err != nil {
		return nil, nil, err
	}
	return logmap.Propose(read.Log, packs[0].Pack, name, s.Files), read, nil
}

// WhyRefused is why a field is refused, in words.
func WhyRefused(f logmap.RefusedField) errs.Text { return logmap.WhyRefused(f.Name, f.What) }
