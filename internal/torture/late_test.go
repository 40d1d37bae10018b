//go:build unix

package torture

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// late is how many old events come in one go.
func late(t *testing.T) int {
	s := os.Getenv("PLUMBLINE_LATE")
	if s == "" {
		return 12_000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 10_000 {
		t.Fatalf("PLUMBLINE_LATE is %q; expected how many old events come, from 10000 on", s)
	}
	return n
}

// TestALateFile lets a long file of old events come as fast as it may, from several
// senders at once, while single events come beside it, and kills and stops the
// service in the middle. Afterwards the verdicts are those of `check`, and no single
// event had to wait for more of the file than what was under way when it came.
func TestALateFile(t *testing.T) {
	const senders, batch = 4, 100
	dir := t.TempDir()
	program := build(t)
	data := filepath.Join(dir, "data")
	tokens := setUp(t, data)
	events := agency(t, program, dir, (late(t)-6000)/23) // 23 events a case, beside the agency's shifts
	r := rand.New(rand.NewPCG(5, 6))
	singles, bulk := apart(t, r, events)

	var now atomic.Pointer[running] // the service of the moment
	now.Store(start(t, program, data))
	batches := slices.Collect(slices.Chunk(bulk, batch))
	var next, answered atomic.Int64
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(batches) {
					return
				}
				for !sent(&now, tokens["history"], batches[i]) {
					time.Sleep(10 * time.Millisecond) // as a source does that was turned away
				}
				answered.Add(1)
			}
		})
	}
	var waits, behind []int64 // ms, and batches of the file answered meanwhile
	all.Go(func() {
		for _, e := range singles {
			began, before := time.Now(), answered.Load()
			if sent(&now, tokens["desk"], [][]byte{e}) {
				if after := answered.Load(); after < int64(len(batches)) { // the file isn't through
					waits, behind = append(waits, time.Since(began).Milliseconds()), append(behind, after-before)
				}
				continue
			}
			for !sent(&now, tokens["desk"], [][]byte{e}) {
				time.Sleep(10 * time.Millisecond)
			}
		}
	})
	for i, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		for answered.Load() < int64((i+1)*len(batches)/3) {
			time.Sleep(time.Millisecond)
		}
		old := now.Load()
		if err := old.cmd.Process.Signal(signal); err != nil {
			t.Error(err)
		}
		_ = old.cmd.Wait() // a killed one says so
		now.Store(start(t, program, data))
	}
	all.Wait()
	slices.Sort(waits)
	slices.Sort(behind)
	if len(behind) < 10 {
		t.Fatalf("only %d single events came while the file did", len(behind))
	}
	t.Logf("%d old events; %d single ones beside them: median %d ms, p99 %d ms, behind %d batches at most", len(bulk), len(waits),
		waits[len(waits)/2], waits[len(waits)*99/100], behind[len(behind)-1])
	if most := behind[len(behind)-1]; most > 4*senders {
		t.Errorf("a single event waited for %d batches of the file", most)
	}
	s := now.Load()
	s.compare(t, tokens["reader"], filepath.Join(dir, "log.jsonl"), events)
	s.stop(t)
	whole(t, data)
}

// apart takes some events out, here and there, that stand alone, so that another
// source can send them: neither repeated nor corrected.
func apart(t *testing.T, r *rand.Rand, events [][]byte) (alone, rest [][]byte) {
	t.Helper()
	type named struct{ ID, Corrects, Voids string }
	names, count := make([]named, len(events)), map[string]int{}
	for i, e := range events {
		if err := json.Unmarshal(e, &names[i]); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{names[i].ID, names[i].Corrects, names[i].Voids} {
			count[id]++
		}
	}
	for i, e := range events {
		if n := names[i]; r.IntN(40) == 0 && n.Corrects+n.Voids == "" && count[n.ID] == 1 {
			alone = append(alone, e)
		} else {
			rest = append(rest, e)
		}
	}
	return alone, rest
}

// sent sends a batch to the service of the moment and says whether all of it was
// taken, now or before.
func sent(now *atomic.Pointer[running], token string, batch [][]byte) bool {
	counts, _, ok := now.Load().send(token, batch)
	n := 0
	for _, outcome := range []string{"taken", "repeated", "corrected", "waiting", "held"} {
		n += counts[outcome]
	}
	return ok && n == len(batch)
}
