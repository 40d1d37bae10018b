package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A row of the synthetic log becomes an event that the service takes.
func TestRowsBecomeEvents(t *testing.T) {
	r := &lineReader{rows: bufio.NewReader(strings.NewReader("C7,Close,2024-03-01T00:00:00Z,u5,120\nC8,Close\n"))}
	line, err := r.next(nil)
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		ID, Type, Time, Actor string
		Objects               []struct{ Type, ID string }
		Attributes            struct{ Amount float64 }
	}
	if err := json.Unmarshal(line, &e); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if e.ID != "e1" || e.Type != "Close" || e.Actor != "u5" || len(e.Objects) != 1 || e.Objects[0].ID != "C7" || e.Attributes.Amount != 120 {
		t.Errorf("%+v", e)
	}
	if _, err := r.next(nil); err == nil {
		t.Error("a row that is cut off gave no error")
	}
	if _, err := r.next(nil); !errors.Is(err, io.EOF) {
		t.Errorf("after the last row: %v", err)
	}
}

func TestQuantiles(t *testing.T) {
	list := make([]time.Duration, 100)
	for i := range list {
		list[i] = time.Duration(100 - i)
	}
	if a, b := quantile(list, 0.5), quantile(list, 0.99); a != 51 || b != 100 || quantile(nil, 0.5) != 0 {
		t.Errorf("median %d, p99 %d", a, b)
	}
}

func TestReachedTable(t *testing.T) {
	var out strings.Builder
	writeReached(&out, []reached{{"start", "3 s", "≤ 5 s", true}, {"answer", "4 ms", "", false}})
	if !strings.Contains(out.String(), "| start | 3 s | ≤ 5 s | yes |\n| answer | 4 ms |  |  |\n") {
		t.Error(out.String())
	}
	for n, want := range map[int]string{20_000_000: "20 M", 1_250_000: "1.2 M", 300_000: "300 k"} {
		if got := millions(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// Sealing can still be left out of the program: what the bench lays over it is there.
func TestWhatSealsIsWhereTheBenchLooks(t *testing.T) {
	for _, off := range sealingOff {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(off.file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), off.was); n != 1 {
			t.Errorf("%s has %q %d times; expected it once", off.file, off.was, n)
		}
	}
}
