package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

// longCase is a case of so many events as few have, with a number that is found by two
// Chinese characters.
const (
	longCase   = "专案〔2025〕0001"
	longEvents = 1000
)

// pagesAlso are looked at one by one beside those of the mix: what is seldom asked for
// and may be dear.
var pagesAlso = []string{"/findings?severity=minor&view=all", "/findings?rule=five2&rule=five3&view=all&sort=newest", "/findings?view=overdue", "/findings?view=verify", "/findings?owner=u1&view=all",
	"/findings?due=week", "/cases?state=standing", "/cases?state=risk", "/search?q=" + url.QueryEscape("专案"), "/search?q=0001", "/cases/case/" + url.PathEscape(longCase), "/units", "/sources", "/verify"}

// addLongCase sends the events of the long case: interviews, every second one followed
// by what has to follow it.
func (s *server) addLongCase() error {
	token, err := s.token(singleToken)
	if err != nil {
		return err
	}
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	var body []byte
	for i := range longEvents {
		typ := "Interview"
		if i%4 == 1 {
			typ = "EvidenceOut"
		}
		body = fmt.Appendf(body, `{"id":"long%d","type":"%s","time":"%s","actor":"u%d","objects":[{"type":"case","id":"%s"}]}`+"\n", i, typ, at.Format(time.RFC3339), i%7, longCase)
		at = at.Add(7 * time.Hour)
	}
	return s.post(token, body)
}

// eachPage asks for every kind of page several times, one after the other, and says
// what each took: the processor time of the service, and how much was moved.
func (b *bench) eachPage(s *server, v *visitor, about about) error {
	const times = 40
	chance := rand.New(rand.NewPCG(3, 4))
	var paths []string
	for _, m := range pageMix {
		paths = append(paths, m.path)
	}
	progress("  one after the other, %d times each: processor, median time, most moved", times)
	for _, path := range append(paths, pagesAlso...) {
		if _, _, err := v.get(about.fillIn(path, chance), packed); err != nil {
			return err
		}
		most, cpu := 0, s.cpu()
		took := make([]time.Duration, times)
		for i := range took {
			at := time.Now()
			moved, _, err := v.get(about.fillIn(path, chance), packed)
			if err != nil {
				return err
			}
			took[i], most = time.Since(at), max(most, moved)
		}
		told, err := url.PathUnescape(path)
		if err != nil {
			return err
		}
		progress("  %6.1f ms %6.1f ms %5.1f KB  %s", (s.cpu()-cpu)*1000/times, millis(quantile(took, 0.5)), float64(most)/1000, told)
	}
	return nil
}
