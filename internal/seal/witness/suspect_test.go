package witness

import (
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// A tree too large has no beginning, rather than one that is looked for without an end.
func TestBeginningOfATreeTooLarge(t *testing.T) {
	done := make(chan [2]tlog.Hash, 1)
	go func() {
		older, all := beginning(make(tlog.TreeProof, 63), 0, 1<<63-1, 3)
		done <- [2]tlog.Hash{older, all}
	}()
	select {
	case got := <-done:
		if got != [2]tlog.Hash{} {
			t.Errorf("%v", got)
		}
	case <-time.After(20 * time.Second): // a loop without an end; else it takes microseconds
		t.Fatal("no answer")
	}
}
