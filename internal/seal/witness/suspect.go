package witness

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/seal"
)

// A log that did what it mustn't stays suspect, whatever it does afterwards and however
// often the witness is started: the first of its deeds lie in a file beside its last
// checkpoint, each with the checkpoint that shows it, for whoever has to look. Who runs
// the witness takes that file away when it was found out.

// mostSuspicions is how many deeds of a log are kept; the first say most.
const mostSuspicions = 10

const suspected = "suspect "

// suspectFile is where what a log did lies.
func (w *Witness) suspectFile(origin string) string {
	return strings.TrimSuffix(w.file(origin), ".checkpoint") + ".suspect"
}

func readSuspicions(file string) (list []string, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, broken(file, err)
	}
	for line := range strings.Lines(string(text)) {
		if what, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), suspected); is {
			list = append(list, what)
		}
	}
	return list, nil
}

// suspect keeps what a log did, with the checkpoint that shows it, and tells it. The
// lock is held.
func (w *Witness) suspect(origin, what string, msg []byte) {
	w.opt.Log.Error("a log isn't what it was", "log", origin, "what", what)
	if len(w.bad[origin]) == mostSuspicions {
		return
	}
	line := w.opt.Now().UTC().Format(time.RFC3339) + " " + what
	w.bad[origin] = append(w.bad[origin], line)
	file := w.suspectFile(origin)
	text, err := os.ReadFile(file)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = put(file, append(text, suspected+line+"\n"+string(msg)+"\n"...))
	}
	if err != nil {
		w.opt.Log.Error("what a log did can't be kept", "error", err.Error())
	}
}

// strange keeps the last thing that was asked of a log and that the log itself may not
// have asked: it says nothing against it yet. The lock is held.
func (w *Witness) strange(origin, what string) {
	w.odd[origin] = w.opt.Now().UTC().Format(time.RFC3339) + " " + what
	w.opt.Log.Warn("a log was asked about strangely", "log", origin, "what", what)
}

// beginning is what a proof of consistency says by itself of the leaves from lo to hi:
// the root of those before n, and of all. Where it gives that of all as somebody signed
// it, no other than who has such a tree made it, so that the other root is the log's own
// word, too. A proof from a power of two leaves the root of those before n out; it then
// says nothing; nor does one of more leaves than a log can have.
func beginning(p tlog.TreeProof, lo, hi, n int64) (older, all tlog.Hash) {
	if len(p) == 0 || hi > seal.MaxSize || n >= hi && len(p) != 1 {
		return tlog.Hash{}, tlog.Hash{}
	}
	last := p[len(p)-1]
	if n >= hi {
		if lo == 0 {
			return tlog.Hash{}, tlog.Hash{}
		}
		return last, last
	}
	half := int64(1)
	for 2*half < hi-lo {
		half *= 2
	}
	if n <= lo+half {
		older, all = beginning(p[:len(p)-1], lo, lo+half, n)
		return older, tlog.NodeHash(all, last)
	}
	older, all = beginning(p[:len(p)-1], lo+half, hi, n)
	return tlog.NodeHash(last, older), tlog.NodeHash(last, all)
}
