package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/service"
	"plumbline/internal/trial"
)

// slow are packs that take a while to try.
type slow struct {
	record
	begun, goOn chan struct{}
	fault       error
}

func (s slow) TryPacks(ctx context.Context, _ []string) (any, error) {
	for _, told := range []float64{.25, .1} { // it never goes back
		service.Tell(ctx, told)
	}
	s.begun <- struct{}{}
	<-s.goOn
	return &trial.Diff{Same: true}, s.fault
}

// What takes long has a page that says how far it is and becomes what came of it. It
// is its owner's alone, and whoever asks for more is led to it.
func TestWhatTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		packs := slow{record: record{s.fake}, begun: make(chan struct{}, 1), goOn: make(chan struct{})}
		s.pages.Judged = packs
		asked := func() string {
			w := s.sent("/rules/try", url.Values{"packs": {"a"}})
			if at := w.Header().Get("Location"); w.Code == http.StatusSeeOther && strings.HasPrefix(at, "/work/") {
				return at
			}
			t.Fatalf("%d: %s", w.Code, w.Body)
			return ""
		}
		at := asked()
		<-packs.begun
		if asked() != at {
			t.Error("a second piece of work began beside the first")
		}
		for lang, want := range map[string]string{"en": "Under way: 25.0%", "zh": "正在处理"} {
			if w := s.get(at, lang); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `value="0.250"`) {
				t.Errorf("%s: %d: %s", lang, w.Code, w.Body)
			}
		}
		me := s.who.Account
		s.who.Account = "somebody"
		if w := s.get(at, "en"); w.Code != http.StatusNotFound {
			t.Errorf("another's work answers %d", w.Code)
		}
		s.who.Account = me
		close(packs.goOn)
		synctest.Wait()
		for range 2 { // it stays
			if w := s.get(at, "en"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "text would change, and no verdict") {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
		}
		// After a while it is forgotten, when somebody asks for something new.
		time.Sleep(keptFor)
		packs.fault = &errs.Error{Code: errs.Usage, What: errs.T("there is no such pack", "没有这个规则包")}
		s.pages.Judged = packs
		if w := s.sent("/rules/try", url.Values{"packs": {"a"}}); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "there is no such pack") {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		if w := s.get(at, "en"); w.Code != http.StatusNotFound {
			t.Errorf("forgotten work answers %d", w.Code)
		}
	})
}

// A fault of the program on the way ends nothing but that piece of work.
func TestWorkThatFaults(t *testing.T) {
	s := newSite(t)
	s.pages.Judged = faulty{record{s.fake}}
	if w := s.sent("/rules/try", url.Values{"packs": {"a"}}); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "no way") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if w := s.get("/rules/try", "en"); w.Code != http.StatusOK {
		t.Errorf("afterwards: %d", w.Code)
	}
}

type faulty struct{ record }

func (faulty) TryPacks(context.Context, []string) (any, error) { panic("no way") }
