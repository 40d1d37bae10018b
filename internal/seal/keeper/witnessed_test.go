package keeper_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
	"plumbline/internal/seal/keeper"
	"plumbline/internal/seal/witness"
	"plumbline/internal/sqldb"
)

// newWitness starts a witness of logs.
func newWitness(t *testing.T, now func() time.Time, logs ...witness.Log) (*witness.Witness, keeper.Witness) {
	t.Helper()
	w, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: logs, Now: now, Log: quiet()})
	must(t, err)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	return w, keeper.Witness{Key: w.Key(), URL: server.URL}
}

// A witness cosigns what follows, its word grows old, and it survives restarts
// of either.
func TestWitnessCosigns(t *testing.T) {
	a := newAgency(t, nil)
	w, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public, URL: a.server.URL + "/log"})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(5)
	if a.Vouched() {
		t.Error("vouched before anybody was asked")
	}
	for range 3 {
		a.Ask(ctx)
		if s := a.status(); !s.Fresh || s.Witnesses[0].Size != s.Signed || s.Witnesses[0].Problem != nil {
			t.Fatalf("%+v", s.Witnesses[0])
		}
		a.write(300)
	}
	a.start() // what was heard is kept
	if s := a.status(); !s.Fresh || s.Witnesses[0].Size != 605 {
		t.Errorf("after a restart: %+v", s.Witnesses[0])
	}
	a.Ask(ctx)
	msg, err := a.Checkpoint(ctx)
	must(t, err)
	c, err := seal.Open(msg, []string{a.public}, []string{w.Key()})
	if err != nil || len(c.Cosigned) != 1 || !c.Cosigned[0].At.Equal(a.now) {
		t.Errorf("what everybody is shown: %v, %v", c, err)
	}
	w.Look(ctx)
	if text := shown(t, asked); strings.Contains(text, "suspect") || !strings.Contains(text, "log "+origin+" 905 ") {
		t.Errorf("the witness says %s", text)
	}
	a.now = a.now.Add(keeper.Fresh)
	if a.Vouched() {
		t.Error("an hour later its word is still fresh")
	}
	a.Ask(ctx) // nothing new, but it's asked again
	if !a.Vouched() {
		t.Error("it wasn't asked again")
	}
	now := a.now
	if a.now = now.Add(-365 * 24 * time.Hour); a.Vouched() {
		t.Error("by a clock that was set back a word stays fresh for a year")
	}
	if a.now = now.Add(-time.Minute); !a.Vouched() { // clocks differ a little
		t.Error("by a clock that is a minute behind it isn't fresh")
	}
}

func shown(t *testing.T, w keeper.Witness) string {
	t.Helper()
	r, err := http.Get(w.URL + "/")
	must(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	must(t, err)
	return string(text)
}

// Two logs under one key, and an old state put back, are found by the witness.
func TestWitnessFindsForks(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(300)
	a.Ask(ctx)
	for name, c := range map[string]struct {
		leaves int
		want   string
	}{"longer": {301, "doesn't cosign (422"}, "as long": {300, "doesn't cosign (409"}, "shorter": {299, "an old state of the record was put back"}} {
		t.Run(name, func(t *testing.T) {
			fork := newAgency(t, a, asked)
			fork.write(c.leaves)
			fork.Ask(ctx)
			s := fork.status()
			if s.Fresh || s.Denied == nil || !s.Witnesses[0].Denies || !strings.Contains(s.Witnesses[0].Problem.Error(), c.want) {
				t.Errorf("%+v; want %q", s.Witnesses[0], c.want)
			}
			if errs.In(s.Witnesses[0].Problem, errs.Zh) == s.Witnesses[0].Problem.Error() {
				t.Error("only in one language")
			}
		})
	}
	if text := shown(t, asked); !strings.Contains(text, "suspect "+origin) {
		t.Errorf("the witness says %s", text)
	}
	a.write(1)
	a.Ask(ctx) // the true one goes on
	if s := a.status(); s.Witnesses[0].Problem != nil || s.Witnesses[0].Size != 301 {
		t.Errorf("%+v", s.Witnesses[0])
	}
}

// Who puts an old state back has the cosignatures of then with it. They count no more
// once a witness was asked, which a start does; another witness
// who hasn't seen the log doesn't make up for it.
func TestAnOldStateHasNoFreshWord(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(300)
	a.Ask(ctx)
	backup := filepath.Join(t.TempDir(), "plumbline.db")
	must(t, a.store.CopyTo(ctx, backup))
	a.write(5)
	a.Ask(ctx)

	back := newAgency(t, a, asked)
	store, err := sqldb.Open(ctx, backup)
	must(t, err)
	t.Cleanup(func() { store.Close() })
	back.store = store
	back.start()
	back.Ask(ctx)
	if s := back.status(); s.Fresh || back.Vouched() || s.Denied == nil || !strings.Contains(s.Denied.Error(), "an old state of the record was put back") {
		t.Errorf("put back, not grown: %+v", s)
	}
	_, other := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	back.asked = []keeper.Witness{asked, other}
	back.start()
	back.Ask(ctx)
	back.write(1)
	back.Ask(ctx)
	if s := back.status(); s.Fresh || !s.Witnesses[1].Fresh || s.Denied == nil {
		t.Errorf("with a witness who knows nothing: %+v", s)
	}
}

// Anybody can send a witness what a log once signed, or a proof that is none: neither
// makes the log suspect.
func TestNobodyElseMakesALogSuspect(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(5)
	old, err := a.Checkpoint(ctx)
	must(t, err)
	a.write(6)
	a.Ask(ctx)
	a.write(7)
	next, _, err := a.store.Checkpoints(ctx)
	must(t, err)
	hash := strings.Repeat("A", 43) + "=\n"
	for body, want := range map[string]string{"old 0\n\n" + string(old): "showed its 5 leaves after 11", "old 11\n\n" + string(next): "says nothing", "old 11\n" + strings.Repeat(hash, 5) + "\n" + string(next): "says nothing"} {
		r, err := http.Post(asked.URL+"/add-checkpoint", "", strings.NewReader(body))
		must(t, err)
		r.Body.Close()
		if text := shown(t, asked); strings.Contains(text, "suspect") || !strings.Contains(text, "asked "+origin) || !strings.Contains(text, want) {
			t.Errorf("the witness says %s; want %s", text, want)
		}
	}
	a.Ask(ctx)
	if s := a.status(); !s.Fresh || s.Witnesses[0].Size != 18 {
		t.Errorf("%+v", s)
	}
}

// Who witnesses a log waits for no reckoning without an end, whatever the log signs and
// serves.
func TestWitnessOfALogTooLong(t *testing.T) {
	a := newAgency(t, nil)
	sign := func(size int64) string {
		msg, err := seal.Sign(&seal.Checkpoint{Origin: origin, Size: size}, a.key)
		must(t, err)
		return string(msg)
	}
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/log/checkpoint" {
			_, _ = w.Write(make([]byte, 256*32))
			return
		}
		_, _ = io.WriteString(w, sign(1<<63-1))
	}))
	t.Cleanup(served.Close)
	w, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: []witness.Log{{Key: a.public, URL: served.URL + "/log"}}, Now: time.Now, Log: quiet()})
	must(t, err)
	ask := func(body string) *httptest.ResponseRecorder {
		got := httptest.NewRecorder()
		w.Handler().ServeHTTP(got, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader(body)))
		return got
	}
	if got := ask("old 0\n\n" + sign(3)); got.Code != 200 {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	hash := strings.Repeat("A", 43) + "=\n"
	for name, c := range map[string]struct {
		do   func() (status int, text string)
		want int
	}{
		"asked": {func() (int, string) {
			got := ask("old 3\n" + strings.Repeat(hash, 63) + "\n" + sign(1<<63-1))
			return got.Code, got.Body.String()
		}, 403},
		"asked from there": {func() (int, string) {
			got := ask("old 9223372036854775807\n\n" + sign(1<<63-1))
			return got.Code, got.Body.String()
		}, 400},
		"with a path too long": {func() (int, string) {
			got := ask("old 3\n" + strings.Repeat(hash, 63) + "\n" + sign(1<<48))
			return got.Code, got.Body.String()
		}, 422},
		"looked at": {func() (int, string) { w.Look(ctx); return 0, "" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan struct{})
			var status int
			var text string
			go func() { status, text = c.do(); close(done) }()
			select {
			case <-done:
			case <-time.After(20 * time.Second): // a loop without an end; else it takes microseconds
				t.Fatal("no answer")
			}
			if status != c.want || len(text) > 1000 {
				t.Errorf("%d %s", status, text)
			}
		})
	}
}

// Of two logs of each size the longer is found to be another, unless its proof can't
// say so; a log never is that goes on.
func TestForksOfEachSize(t *testing.T) {
	a := newAgency(t, nil)
	fork := newAgency(t, a)
	for size := 1; size < 20; size++ {
		a.write(1)
		fork.write(1)
		fork.write(size % 4)
		_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
		for _, l := range []*agency{a, fork} {
			l.asked = []keeper.Witness{asked}
			l.start()
			l.Ask(ctx)
		}
		text := shown(t, asked)
		length := fork.status().Size
		powerOfTwo := size&(size-1) == 0
		if strings.Contains(text, "suspect") != (!powerOfTwo || length == int64(size)) {
			t.Errorf("%d leaves, then another %d: the witness says %s", size, length, text)
		}
		if !fork.status().Witnesses[0].Denies || a.status().Witnesses[0].Denies {
			t.Errorf("%d leaves, then another %d: %+v", size, length, fork.status().Witnesses)
		}
	}
}

// A witness that looks finds a log that shows others another tree.
func TestWitnessLooks(t *testing.T) {
	a := newAgency(t, nil)
	fork := newAgency(t, a)
	w, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public, URL: fork.server.URL + "/log"})
	a.asked = []keeper.Witness{asked}
	a.start()
	a.write(10)
	a.Ask(ctx)
	fork.write(12)
	w.Look(ctx)
	if text := shown(t, asked); !strings.Contains(text, "what it shows (12 leaves) isn't what it asked to cosign (10)") {
		t.Errorf("the witness says %s", text)
	}
}

// To have a witness started anew makes it forget nothing; what it keeps doesn't grow
// with how often it is shown.
func TestWitnessForgetsNoDeed(t *testing.T) {
	a := newAgency(t, nil)
	fork := newAgency(t, a)
	o := witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: []witness.Log{{Key: a.public}}, Now: func() time.Time { return a.now }, Log: quiet()}
	told := ""
	for i := range 15 {
		w, err := witness.Open(o)
		must(t, err)
		server := httptest.NewServer(w.Handler())
		defer server.Close()
		asked := keeper.Witness{Key: w.Key(), URL: server.URL}
		if i > 0 && shown(t, asked) != told {
			t.Fatalf("started anew it says %s; before %s", shown(t, asked), told)
		}
		for _, l := range []*agency{a, fork} {
			l.write(3)
			l.asked = []keeper.Witness{asked}
			l.start()
			l.Ask(ctx)
		}
		told = shown(t, asked)
	}
	if n := strings.Count(told, "suspect "); n != 10 {
		t.Errorf("%d deeds are told", n)
	}
}

// What a witness is asked wrongly it says by C2SP's own numbers.
func TestWitnessRefuses(t *testing.T) {
	a := newAgency(t, nil)
	_, asked := newWitness(t, func() time.Time { return a.now }, witness.Log{Key: a.public})
	a.write(3)
	msg, err := a.Checkpoint(ctx)
	must(t, err)
	other := newAgency(t, nil)
	other.write(1)
	theirs, err := other.Checkpoint(ctx)
	must(t, err)
	unknown := strings.ReplaceAll(string(msg), origin, "log.example.org/unknown")
	hash := strings.Repeat("A", 43) + "=\n"
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"nothing", "", 400, ""},
		{"no old size", "\n\n" + string(msg), 400, ""},
		{"zeroes in front", "old 00\n\n" + string(msg), 400, ""},
		{"no hash", "old 1\nxyz\n\n" + string(msg), 400, ""},
		{"too many", "old 1\n" + strings.Repeat(hash, 64) + "\n" + string(msg), 400, ""},
		{"old is more", "old 4\n\n" + string(msg), 400, ""},
		{"unknown", "old 0\n\n" + unknown, 404, ""},
		{"another's key", "old 0\n\n" + string(theirs), 403, ""},
		{"a proof from nothing", "old 0\n" + hash + "\n" + string(msg), 422, ""},
		{"another old size", "old 2\n\n" + string(msg), 409, "0\n"},
		{"good", "old 0\n\n" + string(msg), 200, "— witness.example.org "},
		{"again from nothing", "old 0\n\n" + string(msg), 409, "3\n"},
		{"again", "old 3\n\n" + string(msg), 200, "— witness.example.org "},
		{"again with a proof", "old 3\n" + hash + "\n" + string(msg), 422, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.Post(asked.URL+"/add-checkpoint", "", strings.NewReader(c.body))
			must(t, err)
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			must(t, err)
			if r.StatusCode != c.status || !strings.HasPrefix(string(text), c.want) {
				t.Errorf("%d %s; want %d %s", r.StatusCode, text, c.status, c.want)
			}
			if c.status == 409 && r.Header.Get("Content-Type") != "text/x.tlog.size" {
				t.Errorf("content type %s", r.Header.Get("Content-Type"))
			}
		})
	}
}

func newShort(t *testing.T, a *agency) *agency {
	t.Helper()
	short := newAgency(t, a)
	short.write(10)
	return short
}

// A witness that is started anew knows what it cosigned, and has its key.
func TestWitnessRemembers(t *testing.T) {
	a := newAgency(t, nil)
	a.write(4)
	first, err := a.Checkpoint(ctx)
	must(t, err)
	a.write(4)
	second, err := a.Checkpoint(ctx)
	must(t, err)
	o := witness.Options{Dir: t.TempDir(), Name: "witness.example.org", Logs: []witness.Log{{Key: a.public}}, Now: time.Now, Log: quiet()}
	key := ""
	for _, c := range []struct {
		msg    []byte
		old    string
		status int
	}{{second, "0", 200}, {first, "0", 409}, {second, "8", 200}} {
		w, err := witness.Open(o)
		must(t, err)
		if key != "" && w.Key() != key {
			t.Error("it has another key")
		}
		key = w.Key()
		got := httptest.NewRecorder()
		w.Handler().ServeHTTP(got, httptest.NewRequest("POST", "/add-checkpoint", strings.NewReader("old "+c.old+"\n\n"+string(c.msg))))
		if got.Code != c.status {
			t.Errorf("old %s: %d %s; want %d", c.old, got.Code, got.Body, c.status)
		}
	}
	_, err = witness.Open(witness.Options{Dir: o.Dir, Logs: []witness.Log{{Key: "x"}}, Log: quiet()})
	if err == nil || !strings.Contains(err.Error(), "is no key of a log") {
		t.Errorf("a key that is none: %v", err)
	}
}
