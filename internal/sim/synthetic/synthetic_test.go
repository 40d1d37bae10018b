package synthetic

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The bytes of a log are fixed for ever: answers of other programs are known
// for the log of 200,000 cases and seed 1.
func TestBytes(t *testing.T) {
	for _, c := range []struct {
		cases, events int
		seed          int64
		sum           string
	}{
		{200_000, 1_130_406, 1, "d1bb82f2d947f6839437b97216a3e7e607b701ad969dba3108c56034b690e91c"},
		{1000, 5657, 7, "1da2086eacfc0880deab15a23c136ba7957a6dd35d0d3ae8239c44d3a47cc906"},
	} {
		h := sha256.New()
		var lines counter
		if err := Write(io.MultiWriter(h, &lines), c.cases, c.seed); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)); got != c.sum || int(lines)-1 != c.events {
			t.Errorf("%d cases, seed %d: %d events, sha256 %s; expected %d, %s", c.cases, c.seed, lines-1, got, c.events, c.sum)
		}
	}
}

type counter int

// Write counts lines.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(bytes.Count(p, []byte("\n")))
	return len(p), nil
}

func TestFirstLines(t *testing.T) {
	var out strings.Builder
	if err := Write(&out, 3, 1); err != nil {
		t.Fatal(err)
	}
	const want = `case_id,activity,ts,resource,amount
C2,Register,2024-03-08T21:27:00Z,u196,12433
C2,FreezeRequest,2024-03-09T06:04:02Z,u323,16159
C2,FreezeApprove,2024-03-10T03:00:54Z,u226,82199
`
	if got := out.String(); !strings.HasPrefix(got, want) {
		t.Errorf("the log begins with\n%s", got)
	}
}

// What the package comment says of a log holds of every one: in order, no two
// events of a case at one time, each case registered first.
func TestOrder(t *testing.T) {
	for seed := range int64(20) {
		seen := map[int32]int64{}
		var before Event
		for i, e := range Events(200, seed) {
			if i > 0 && (e.At < before.At || e.At == before.At && e.Case <= before.Case) {
				t.Fatalf("seed %d: %+v after %+v", seed, e, before)
			}
			last, ok := seen[e.Case]
			if ok == (e.Activity == Register) || ok && e.At <= last {
				t.Fatalf("seed %d: %v of case %d at %d, its last event at %d", seed, e.Activity, e.Case, e.At, last)
			}
			if e.Officer < 0 || e.Officer >= 2000 || e.Amount < 0 || e.Amount >= 100_000 {
				t.Fatalf("seed %d: %+v", seed, e)
			}
			seen[e.Case], before = e.At, e
		}
		if len(seen) != 200 {
			t.Fatalf("seed %d: %d cases", seed, len(seen))
		}
	}
}

var errFull = errors.New("disk full")

type full struct{}

// Write fails.
func (full) Write([]byte) (int, error) { return 0, errFull }

func TestErrors(t *testing.T) {
	if err := Write(full{}, 1, 1); !errors.Is(err, errFull) {
		t.Errorf("a full disk gave %v", err)
	}
	if err := Write(&strings.Builder{}, 0, 1); err == nil {
		t.Error("no cases gave no error")
	}
}
