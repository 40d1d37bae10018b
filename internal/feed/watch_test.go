package feed

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/service"
)

// desk takes events as a service does: each id once, and where it is told to, one
// batch less than it is given.
type desk struct {
	taken   []string
	have    map[string]bool
	batches int
	fail    map[int]error // by number of the batch, from 1; asked once each
}

func newDesk() *desk { return &desk{have: map[string]bool{}, fail: map[int]error{}} }

func (d *desk) SourceNamed(name string) *service.Source {
	if name != "desk" {
		return nil
	}
	return &service.Source{ID: 1, Name: name}
}

func (d *desk) Take(_ context.Context, _ *service.Source, in []service.Arrival) ([]service.Outcome, error) {
	d.batches++
	if err := d.fail[d.batches]; err != nil {
		return nil, err
	}
	out := make([]service.Outcome, len(in))
	for i := range in {
		id := in[i].Event.ID
		switch {
		case in[i].Err != nil:
			out[i] = service.Outcome{Outcome: "quarantined", Code: "unreadable", Why: in[i].Err.Error(), WhyZH: "无法读取"}
		case d.have[id]:
			out[i] = service.Outcome{ID: id, Outcome: "repeated"}
		default:
			d.have[id] = true
			d.taken = append(d.taken, id)
			out[i] = service.Outcome{ID: id, Outcome: "taken"}
		}
	}
	return out, nil
}

// lines is a format for the tests: an id a line; "?" can't be read, "!" ends it.
func lines(file string, each func(service.Arrival, errs.Place) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		at := errs.Place{Line: n}
		in := service.Arrival{Event: event.Event{ID: s.Text()}, Raw: s.Bytes()}
		switch s.Text() {
		case "?":
			in.Err = &errs.Error{Code: errs.Input, What: errs.T("not an id", "不是编号")}
		case "!":
			return &errs.Error{Code: errs.Input, Place: errs.Place{File: "in", Line: n}, What: errs.T("it ends here", "文件到此为止")}
		}
		if err := each(in, at); err != nil {
			return err
		}
	}
	return s.Err()
}

// folder is a watched folder with a clock that the test moves.
type folder struct {
	*Watch
	t   *testing.T
	now time.Time
	log bytes.Buffer
}

func watched(t *testing.T, to Taker) *folder {
	f := &folder{t: t, now: time.Now()}
	f.Watch = &Watch{Dir: t.TempDir(), Source: "desk", Settle: time.Second, Read: lines, To: to, Now: func() time.Time { return f.now },
		Log: slog.New(slog.NewTextHandler(io.Writer(&f.log), nil)), seen: map[string]stamp{}, told: map[string]bool{}}
	return f
}

func (f *folder) write(name string, ids ...string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.Dir, name), []byte(strings.Join(ids, "\n")), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.age(name, 0)
}

// age says when a file was last changed.
func (f *folder) age(name string, ago time.Duration) {
	f.t.Helper()
	at := f.now.Add(-ago)
	if err := os.Chtimes(filepath.Join(f.Dir, name), at, at); err != nil {
		f.t.Fatal(err)
	}
}

// looks looks once a second.
func (f *folder) looks(n int) {
	for range n {
		f.now = f.now.Add(time.Second)
		f.look(context.Background())
	}
}

// files are the names in the folder and below it.
func (f *folder) files() []string {
	f.t.Helper()
	out := []string{}
	for _, dir := range []string{".", doneDir, failedDir} {
		list, _ := os.ReadDir(filepath.Join(f.Dir, dir))
		for _, e := range list {
			if !e.IsDir() {
				out = append(out, filepath.Join(dir, e.Name()))
			}
		}
	}
	return out
}

func (f *folder) receipt(name string) receipt {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.Dir, name+receiptEnd))
	if err != nil {
		f.t.Fatal(err)
	}
	var r receipt
	if err := json.Unmarshal(text, &r); err != nil {
		f.t.Fatal(err)
	}
	return r
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// A file that still grows is left alone; one that lies still is read once, and what
// couldn't be taken is listed by line.
func TestAFileIsReadOnceItIsFinished(t *testing.T) {
	d := newDesk()
	f := watched(t, d)
	f.write("a.txt", "1", "2")
	f.looks(1)
	f.write("a.txt", "1", "2", "?", "1")
	f.looks(1)
	same(t, "while it grows", d.taken, nil)
	f.write(".hidden", "9")
	f.write("b.txt.tmp", "9")
	f.write("c.PART", "9")
	f.looks(3)
	same(t, "taken", d.taken, []string{"1", "2"})
	same(t, "files", f.files(), []string{".hidden", "b.txt.tmp", "c.PART", "done/a.txt", "done/a.txt.receipt.json"})
	r := f.receipt("done/a.txt")
	if r.File != "a.txt" || r.Source != "desk" || r.Events != 4 || fmt.Sprint(r.Outcomes) != "map[quarantined:1 repeated:1 taken:2]" {
		t.Errorf("receipt %+v", r)
	}
	if len(r.Faults) != 1 || r.Faults[0] != (Fault{Line: 3, Outcome: "quarantined", Code: "unreadable", Why: "not an id", WhyZH: "不是编号"}) {
		t.Errorf("faults %+v", r.Faults)
	}
}

// The same name comes every day; nothing that was kept is written over.
func TestNamesComeAgain(t *testing.T) {
	f := watched(t, newDesk())
	for i := range 3 {
		f.write("day.csv", fmt.Sprint(i))
		f.looks(3)
	}
	got := f.files()
	if len(got) != 6 || !slices.Contains(got, "done/day.csv") {
		t.Errorf("files: %q", got)
	}
}

func TestAFileThatCannotBeReadIsSetAsideWithTheReason(t *testing.T) {
	d := newDesk()
	f := watched(t, d)
	f.write("bad.txt", "1", "!", "2")
	f.write("good.txt", "3")
	f.looks(4)
	same(t, "taken", d.taken, []string{"1", "3"}) // what came whole isn't lost
	same(t, "files", f.files(), []string{"done/good.txt", "done/good.txt.receipt.json", "failed/bad.txt", "failed/bad.txt.receipt.json"})
	if r := f.receipt("failed/bad.txt"); !strings.Contains(r.Error, "in:2: it ends here") || !strings.Contains(r.ErrorZH, "文件到此为止") || r.Events != 1 {
		t.Errorf("receipt %+v", r)
	}
}

// Wherever the service stops, reading on afterwards takes what is missing and
// nothing twice.
func TestNothingIsLostOrDoubledWhereverItStops(t *testing.T) {
	var ids []string
	for i := range 3*batchSize + 7 {
		ids = append(ids, fmt.Sprint(i))
	}
	for stop := 1; stop <= 4; stop++ {
		d := newDesk()
		d.fail[stop] = service.ErrClosing
		f := watched(t, d)
		f.write("a.txt", ids...)
		f.looks(2)
		if got := f.files(); !slices.Equal(got, []string{"a.txt"}) {
			t.Fatalf("stopped in batch %d: %q", stop, got)
		}
		f.seen, f.told = map[string]stamp{}, map[string]bool{} // the program started anew
		f.looks(3)
		same(t, fmt.Sprintf("stopped in batch %d", stop), d.taken, ids)
		if r := f.receipt("done/a.txt"); r.Outcomes["taken"]+r.Outcomes["repeated"] != len(ids) || r.Outcomes["repeated"] != (stop-1)*batchSize {
			t.Errorf("receipt %+v", r.Outcomes)
		}
	}
}

// A system that writes over a file while it is read loses nothing by it.
func TestAFileThatIsWrittenAnewMeanwhile(t *testing.T) {
	d := newDesk()
	f := watched(t, d)
	f.write("a.txt", "1", "2")
	again := false
	f.Read = func(file string, each func(service.Arrival, errs.Place) error) error {
		err := lines(file, each)
		if !again {
			again = true
			f.write("a.txt", "3", "4")
		}
		return err
	}
	f.looks(2)
	same(t, "files", f.files(), []string{"a.txt"})
	f.looks(3)
	same(t, "taken", d.taken, []string{"1", "2", "3", "4"})
	same(t, "files", f.files(), []string{"done/a.txt", "done/a.txt.receipt.json"})
}

// What is the disk's or the network's fault leaves the file where it is.
func TestADiskThatFailsForAWhile(t *testing.T) {
	d := newDesk()
	f := watched(t, d)
	f.write("a.txt", "1")
	bad := true
	f.Read = func(file string, each func(service.Arrival, errs.Place) error) error {
		if bad {
			return &os.PathError{Op: "read", Path: file, Err: syscall.ESTALE}
		}
		return lines(file, each)
	}
	f.looks(4)
	same(t, "files", f.files(), []string{"a.txt"})
	bad = false
	f.looks(1)
	same(t, "taken", d.taken, []string{"1"})
}

// A crash after the receipt and before the move leaves the file, which is read
// again under another name.
func TestACrashBetweenReceiptAndMove(t *testing.T) {
	d := newDesk()
	f := watched(t, d)
	f.write("a.txt", "1")
	if err := os.MkdirAll(filepath.Join(f.Dir, doneDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Dir, doneDir, "a.txt"+receiptEnd), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.looks(3)
	same(t, "taken", d.taken, []string{"1"})
	if got := f.files(); len(got) != 3 {
		t.Errorf("files: %q", got)
	}
}

// What an administrator has to mend is said once, and mended without a restart.
func TestAFolderOrSourceThatIsNotThere(t *testing.T) {
	d := newDesk()
	f := watched(t, d)
	f.Source = "nobody"
	f.write("a.txt", "1")
	f.looks(5)
	if n := strings.Count(f.log.String(), "plumbline source add"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &f.log)
	}
	f.Source = "desk"
	f.looks(2)
	same(t, "taken", d.taken, []string{"1"})
	f.Dir = filepath.Join(f.Dir, "gone")
	f.looks(5)
	if n := strings.Count(f.log.String(), "no such file"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &f.log)
	}
}

// Run looks until it is told to end; a busy service is asked again.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.fail[1], d.fail[2] = service.ErrBusy, service.ErrBusy
		f := watched(t, d)
		f.Now = time.Now
		f.now = time.Now()
		f.write("a.txt", "1")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan bool)
		go func() {
			f.Run(ctx)
			close(done)
		}()
		time.Sleep(20 * time.Second)
		cancel()
		if <-done; !slices.Equal(d.taken, []string{"1"}) || d.batches != 3 {
			t.Errorf("taken %q in %d batches", d.taken, d.batches)
		}
	})
}

// What a file tells that isn't its fault doesn't move it away.
func TestNotTaken(t *testing.T) {
	for err, want := range map[error]bool{&notTaken{io.EOF}: true, fmt.Errorf("x: %w", context.Canceled): true, io.EOF: false, errors.Join(nil, &notTaken{io.EOF}): true} {
		if got := isNotTaken(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}
